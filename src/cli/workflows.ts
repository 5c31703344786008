import { defineCommand } from 'citty'
import type { WorkflowDetailsView, WorkflowView } from '../admin/workflows.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { limitArg, limitOf } from './number-args.ts'
import { type Column, renderTable } from './table.ts'
import { printJson, printText, readableTime, tell } from './terminal.ts'

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the workflows of all accounts, the last made first',
    examples: [
      'keyward admin workflows list',
      'keyward admin workflows list --account ACCOUNT --status paused --search invoice',
    ],
  },
  args: {
    account: { type: 'string', valueHint: 'id', description: 'Only this account’s workflows' },
    status: {
      type: 'string',
      valueHint: 'status',
      description: 'Only those draft, active, paused or archived (default: all but archived)',
    },
    search: { type: 'string', valueHint: 'text', description: 'Only those with this in their name' },
    ...limitArg,
    ...listArgs,
  },
  async run({ args }) {
    const { account: accountId, status, search } = args
    const input = { accountId, status, search, limit: limitOf(args.limit) }
    const listed = await withAdmin(folderOf(args), false, (admin) => admin.workflows.list(input))
    if (args.json) return printJson(listed)
    if (listed.length === 0) return tell('No workflows.')
    printText(renderTable(WORKFLOW_COLUMNS, listed.map(workflowRow)))
  },
})

const show = defineCommand({
  meta: {
    name: 'show',
    description: 'Show a workflow: how it starts, its steps and what each waits for',
    examples: ['keyward admin workflows show WORKFLOW', 'keyward admin workflows show WORKFLOW --json'],
  },
  args: {
    id: {
      type: 'positional',
      required: true,
      description: 'The workflow’s id, as `workflows list` shows it',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const folder = folderOf(args)
    const workflow = await withAdmin(folder, false, (admin) => admin.workflows.show({ id: args.id }))
    if (args.json) return printJson(workflow)
    printText(renderFields(fieldsOf(workflow)))
    const { nodes } = workflow.graph
    if (nodes.length > 0)
      printText(
        `\n${renderTable(
          STEP_COLUMNS,
          nodes.map((node) => stepRow(node, workflow)),
        )}`,
      )
  },
})

export const workflows = defineCommand({
  meta: { name: 'workflows', description: 'List and show workflows' },
  subCommands: { list, show },
})

// --- internal ---

const WORKFLOW_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'NAME', rank: 2, shrinks: 'text' },
  { title: 'STATUS', rank: 1 },
  { title: 'TRIGGER', rank: 4 },
  { title: 'STEPS', rank: 5 },
  { title: 'LAST RUN', rank: 3 },
  { title: 'ACCOUNT', rank: 6 },
]

function workflowRow(workflow: WorkflowView): string[] {
  const { id, name, status, triggerType, steps, lastRun, accountId } = workflow
  return [id, name, status, triggerType, `${steps}`, lastRunOf(lastRun), accountId]
}

function lastRunOf(lastRun: WorkflowView['lastRun']): string {
  return lastRun === null ? '-' : `${readableTime(lastRun.createdAt, '')}, ${lastRun.status}`
}

function fieldsOf(workflow: WorkflowDetailsView): [name: string, value: string][] {
  const { id, name, description, accountName, accountId, status, version, triggerType } = workflow
  return [
    ['ID', id],
    ['NAME', name],
    ['DESCRIPTION', description ?? '-'],
    ['ACCOUNT', `${accountName} (${accountId})`],
    ['STATUS', `${status}, version ${version}`],
    ['STARTED BY', triggerType],
    ['CREATED', readableTime(workflow.createdAt, '')],
    ['CHANGED', readableTime(workflow.updatedAt, '')],
    ['LAST RUN', lastRunOf(workflow.lastRun)],
  ]
}

const STEP_COLUMNS: readonly Column[] = [
  { title: 'STEP', rank: 1 },
  { title: 'TYPE', rank: 2 },
  { title: 'INSIDE', rank: 4 },
  { title: 'AFTER', rank: 3, shrinks: 'text' },
]

type Node = WorkflowDetailsView['graph']['nodes'][number]

function stepRow({ id, type, parent }: Node, { graph }: WorkflowDetailsView): string[] {
  const before = graph.edges
    .filter(({ to }) => to === id)
    .map(({ from, label }) => (label === null ? from : `${from} is ${label}`))
  return [id, type, parent ?? '-', before.join(', ') || '-']
}
