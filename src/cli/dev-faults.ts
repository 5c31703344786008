import { defineCommand } from 'citty'
import type { FaultView } from '../dev/fault.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { durationMs } from './duration-args.ts'
import { keyWord } from './key-words.ts'
import { decimal, wholeNumber } from './number-args.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, tell } from './terminal.ts'
import { withDev } from './with-dev.ts'

const NAME_ARG = { type: 'positional', required: true, description: 'What it is called' } as const

const set = defineCommand({
  meta: {
    name: 'set',
    description: 'Let requests go wrong, in the place of the fault of this name',
    examples: [
      'keyward dev faults set flaky --path "/v1/tasks/**" --status 503 --times 2',
      'keyward dev faults set lost --method POST --path /v1/tasks --drop after --times 1',
      'keyward dev faults set slow --api workflows --latency 300ms --jitter 100ms --probability 0.2',
    ],
  },
  args: {
    name: NAME_ARG,
    key: {
      type: 'string',
      valueHint: 'key',
      description:
        'Only with this key: its id, its first 20 characters, its name, or - for the whole key on stdin',
    },
    method: { type: 'string', valueHint: 'POST', description: 'Only with this method' },
    path: {
      type: 'string',
      valueHint: 'glob',
      description: 'Only at this path; * stands for one part of it, ** for any number',
    },
    api: { type: 'string', description: 'Only of workflows, workfunder, portal or webhooks' },
    status: { type: 'string', valueHint: '503', description: 'Answer 401, 403, 409, 429, 500, 502 or 503' },
    'retry-after': {
      type: 'string',
      valueHint: 's',
      description: 'After how many seconds it may be tried again',
    },
    strict: { type: 'boolean', description: 'With 429: refuse also who comes back before that' },
    latency: { type: 'string', valueHint: '300ms', description: 'Let it wait first, at most 60s' },
    jitter: { type: 'string', valueHint: '100ms', description: 'So much longer or shorter, at random' },
    drop: { type: 'string', valueHint: 'when', description: 'Cut the connection before or after the work' },
    times: { type: 'string', valueHint: 'n', description: 'Only so often (default: as long as it is set)' },
    probability: { type: 'string', valueHint: '0.2', description: 'Only at random (default: 1)' },
    seed: { type: 'string', valueHint: 'n', description: 'For another row of random choices (default: 0)' },
    ...adminArgs,
  },
  async run({ args }) {
    const fault = {
      name: args.name,
      match: {
        key: args.key === undefined ? undefined : await keyWord(args.key),
        method: args.method?.toUpperCase(),
        path: args.path,
        api: args.api,
      },
      answer: {
        status: whole('--status', args.status),
        retryAfter: whole('--retry-after', args['retry-after']),
        strict: args.strict,
        latencyMs: duration('--latency', args.latency),
        jitterMs: duration('--jitter', args.jitter),
        drop: args.drop,
      },
      times: whole('--times', args.times),
      probability: args.probability === undefined ? undefined : decimal('--probability', args.probability),
      seed: whole('--seed', args.seed),
    }
    const view = await withDev(folderOf(args), ({ faults }) => faults.set(fault))
    if (args.json) return printJson(view)
    print(`Set: fault ${view.name}, ${effectOf(view)}.`)
  },
})

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List what goes wrong, in the order in which it is tried',
    examples: ['keyward dev faults list', 'keyward dev faults list --json'],
  },
  args: listArgs,
  async run({ args }) {
    const views = await withDev(folderOf(args), ({ faults }) => faults.list())
    printList(views, args)
  },
})

const remove = defineCommand({
  meta: {
    name: 'delete',
    description: 'End a fault',
    examples: ['keyward dev faults delete flaky', 'keyward dev faults delete flaky --json'],
  },
  args: { name: NAME_ARG, ...adminArgs },
  async run({ args }) {
    const view = await withDev(folderOf(args), ({ faults }) => faults.delete({ name: args.name }))
    if (args.json) return printJson(view)
    print(`Deleted: fault ${view.name}, which struck ${view.struck} of ${view.matched} requests.`)
  },
})

const clear = defineCommand({
  meta: {
    name: 'clear',
    description: 'End all faults but those that the server starts with',
    examples: ['keyward dev faults clear', 'keyward dev faults clear --json'],
  },
  args: listArgs,
  async run({ args }) {
    const views = await withDev(folderOf(args), ({ faults }) => faults.clear())
    printList(views, args)
  },
})

export const faults = defineCommand({
  meta: { name: 'faults', description: 'Let requests go wrong, to see what a client makes of it' },
  subCommands: { set, list, delete: remove, clear },
})

// --- internal ---

function whole(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(flag, text)
}

function duration(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(flag, text)
}

function printList(views: readonly FaultView[], { json }: { json?: boolean }): void {
  if (json) printJson(views)
  else if (views.length === 0) tell('No faults.')
  else printText(renderTable(COLUMNS, views.map(row)))
}

const COLUMNS: Column[] = [
  { title: 'NAME', rank: 1, shrinks: 'text' },
  { title: 'WHAT', rank: 1, shrinks: 'text' },
  { title: 'FOR', rank: 2, shrinks: 'text' },
  { title: 'STRUCK', rank: 3 },
  { title: 'TIMES', rank: 4 },
]

function row(view: FaultView): string[] {
  const { method, path, api, key } = view.match
  const requests = [method, path, api, key].filter(Boolean).join(' ') || 'any request'
  const { struck, matched, times } = view
  return [view.name, effectOf(view), requests, `${struck} of ${matched}`, `${times ?? 'always'}`]
}

function effectOf({ answer, probability }: FaultView): string {
  const { status, retryAfter, strict, latencyMs, jitterMs, drop } = answer
  return [
    ...(latencyMs === undefined ? [] : [`${latencyMs}${jitterMs ? ` ± ${jitterMs}` : ''} ms late`]),
    ...(status === undefined ? [] : [`${status}`]),
    ...(retryAfter === undefined ? [] : [`retry after ${retryAfter} s`]),
    ...(strict ? ['strict'] : []),
    ...(drop === undefined ? [] : [`cut off ${drop} the work`]),
    ...(probability < 1 ? [`at random, ${probability}`] : []),
  ].join(', ')
}
