import { defineCommand } from 'citty'
import type { RunDetailsView, RunView } from '../admin/runs.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { confirmArgs, refuseUnsure } from './confirm.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { jsonObjectOf } from './json-arg.ts'
import { limitArg, limitOf } from './number-args.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'
import { withServer } from './with-server.ts'

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
    ...limitArg,
    ...listArgs,
  },
  async run({ args }) {
    const input = { status: args.status, limit: limitOf(args.limit) }
    const listed = await withAdmin(folderOf(args), false, (admin) => admin.runs.list(input))
    if (args.json) return printJson(listed)
    if (listed.length === 0) return tell('No runs.')
    printText(renderTable(RUN_COLUMNS, listed.map(runRow)))
  },
})

const RUN_ARG = {
  type: 'positional',
  required: true,
  description: 'The run’s id, as `runs list` shows it',
} as const

const show = defineCommand({
  meta: {
    name: 'show',
    description:
      'Show a run: what its steps did, what it waits for, why it failed; not the data that went through',
    examples: ['keyward admin runs show RUN', 'keyward admin runs show RUN --json'],
  },
  args: { id: RUN_ARG, ...adminArgs },
  async run({ args }) {
    const run = await withAdmin(folderOf(args), false, (admin) => admin.runs.show({ id: args.id }))
    if (args.json) return printJson(run)
    printText(renderFields(fieldsOf(run)))
    if (run.steps.length > 0) printText(`\n${renderTable(STEP_COLUMNS, run.steps.map(stepRow))}`)
    if (run.moreSteps > 0) tell(`${run.moreSteps} more steps are not shown.`)
  },
})

const cancel = defineCommand({
  meta: {
    name: 'cancel',
    description: 'End a run that is not over; what it does now is broken off',
    examples: ['keyward admin runs cancel RUN', 'keyward admin runs cancel RUN --yes --json'],
  },
  args: { id: RUN_ARG, ...confirmArgs, ...adminArgs },
  async run({ args }) {
    const folder = folderOf(args)
    await refuseUnsure(`Cancel run ${args.id}, for good?`, args)
    const run = await withAdmin(folder, false, (admin) => admin.runs.cancel({ id: args.id }))
    if (args.json) return printJson(run)
    print(`Cancelled: run ${run.id}.`)
  },
})

const retry = defineCommand({
  meta: {
    name: 'retry',
    description: 'Begin a failed run once more, after the steps that completed; it needs a running server',
    examples: ['keyward admin runs retry RUN', 'keyward admin runs retry RUN --json'],
  },
  args: { id: RUN_ARG, ...adminArgs },
  async run({ args }) {
    const run = await withServer(folderOf(args), (admin) => admin.runs.retry({ id: args.id }))
    if (args.json) return printJson(run)
    print(`Begun once more: run ${run.id}.`)
  },
})

const restart = defineCommand({
  meta: {
    name: 'restart',
    description: 'Start a new run like one that is over; it needs a running server',
    examples: [
      'keyward admin runs restart RUN',
      'keyward admin runs restart RUN --from-step send',
      `keyward admin runs restart RUN --input '{"amount":5}'`,
    ],
  },
  args: {
    id: RUN_ARG,
    'from-step': {
      type: 'string',
      valueHint: 'id',
      description: 'Keep the results of the steps before this one (default: from the start)',
    },
    input: {
      type: 'string',
      valueHint: 'json',
      description: 'Another input; - reads it from stdin (default: the same)',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const { id, 'from-step': fromStep } = args
    const input = args.input === undefined ? undefined : await jsonObjectOf('input', args.input)
    const run = await withServer(folderOf(args), (admin) => admin.runs.restart({ id, fromStep, input }))
    if (args.json) return printJson(run)
    print(`Started: run ${run.id}.`)
  },
})

const approve = decision('approve', 'Approve what a suspended run waits for', 'Approved')
const reject = decision('reject', 'Reject what a suspended run waits for', 'Rejected')

export const runs = defineCommand({
  meta: {
    name: 'runs',
    description: 'List, show, cancel and retry the runs of workflows; approve or reject what they wait for',
  },
  subCommands: { list, show, cancel, retry, restart, approve, reject },
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
      id: RUN_ARG,
      step: { type: 'string', valueHint: 'id', description: 'Which step, where several wait, or its path' },
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
  return [run.id, run.workflowId, run.status, run.triggerType, waitsOf(run), readableTime(run.createdAt, '')]
}

function waitsOf({ approvals }: RunView): string {
  const waits = approvals.map(({ path, approvers }) => `${path} (${approvers.join(', ') || 'anybody'})`)
  return waits.join('; ') || '-'
}

function fieldsOf(run: RunDetailsView): [name: string, value: string][] {
  const { error, restartedFrom } = run
  return [
    ['ID', run.id],
    ['WORKFLOW', `${run.workflowId}, version ${run.workflowVersion}`],
    ['ACCOUNT', run.accountId],
    ['STATUS', run.status],
    ['STARTED BY', run.triggerType],
    ['ATTEMPT', `${run.attempt}${restartedFrom === null ? '' : `, restart of ${restartedFrom}`}`],
    ['CREATED', readableTime(run.createdAt, '')],
    ['STARTED', readableTime(run.startedAt, '-')],
    ['ENDED', readableTime(run.completedAt, '-')],
    ['OUT OF TIME', readableTime(run.deadlineAt, 'never')],
    ['WAITS FOR', waitsOf(run)],
    ['ERROR', error ? `${error.code}${error.step ? ` at ${error.step}` : ''}: ${error.message}` : '-'],
  ]
}

const STEP_COLUMNS: readonly Column[] = [
  { title: 'STEP', rank: 1, shrinks: 'text' },
  { title: 'TYPE', rank: 3 },
  { title: 'STATUS', rank: 1 },
  { title: 'ATTEMPT', rank: 4 },
  { title: 'STARTED', rank: 5 },
  { title: 'ENDED', rank: 6 },
  { title: 'ERROR', rank: 2, shrinks: 'text' },
]

function stepRow(step: RunDetailsView['steps'][number]): string[] {
  const { path, type, status, attempt, startedAt, completedAt, error } = step
  return [
    ...[path, type, status, attempt === 0 ? '-' : `${attempt}`],
    ...[readableTime(startedAt, '-'), readableTime(completedAt, '-'), error ? error.message : '-'],
  ]
}
