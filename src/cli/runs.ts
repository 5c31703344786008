import { defineCommand } from 'citty'
import type { RunView } from '../admin/runs.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the newest runs of workflows, and the approvals that they wait for',
    examples: ['keyward admin runs list', 'keyward admin runs list --status suspended'],
  },
  args: {
    status: {
      type: 'string',
      valueHint: 'status',
      description: 'Only those pending, running, suspended, completed, failed, cancelled or timed_out',
    },
    ...listArgs,
  },
  async run({ args }) {
    const listed = await withAdmin(folderOf(args), false, (admin) => admin.runs.list({ status: args.status }))
    if (args.json) return printJson(listed)
    if (listed.length === 0) return tell('No runs.')
    print(renderTable(RUN_COLUMNS, listed.map(runRow)))
  },
})

const approve = decision('approve', 'Approve what a suspended run waits for', 'Approved')
const reject = decision('reject', 'Reject what a suspended run waits for', 'Rejected')

export const runs = defineCommand({
  meta: { name: 'runs', description: 'List the runs of workflows; approve or reject what they wait for' },
  subCommands: { list, approve, reject },
})

// --- internal ---

function decision(name: 'approve' | 'reject', description: string, done: string) {
  return defineCommand({
    meta: {
      name,
      description,
      examples: [
        `keyward admin runs ${name} RUN`,
        `keyward admin runs ${name} RUN --step review --comment "as agreed"`,
      ],
    },
    args: {
      id: { type: 'positional', required: true, description: 'The run’s id, as `runs list` shows it' },
      step: { type: 'string', valueHint: 'id', description: 'Which step, where several wait' },
      comment: { type: 'string', description: 'What the run and its later steps are told' },
      by: { type: 'string', valueHint: 'name', description: 'Who decides (default: operator)' },
      ...adminArgs,
    },
    async run({ args }) {
      const { id, step: stepId, comment, by } = args
      const input = { id, stepId, comment, by, approved: name === 'approve' }
      const run = await withAdmin(folderOf(args), false, (admin) => admin.runs.decide(input))
      if (args.json) return printJson(run)
      print(
        `${done}: run ${run.id} goes on${run.status === 'suspended' ? ' when its other approvals are in' : ''}.`,
      )
    },
  })
}

const RUN_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'WORKFLOW', rank: 5 },
  { title: 'STATUS', rank: 1 },
  { title: 'TRIGGER', rank: 4 },
  { title: 'WAITS FOR', rank: 2, shrinks: 'text' },
  { title: 'CREATED', rank: 3 },
]

function runRow(run: RunView): string[] {
  const waits = run.approvals.map(
    ({ stepId, approvers }) => `${stepId} (${approvers.join(', ') || 'anybody'})`,
  )
  return [
    run.id,
    run.workflowId,
    run.status,
    run.triggerType,
    waits.join('; ') || '-',
    readableTime(run.createdAt, ''),
  ]
}
