import { defineCommand } from 'citty'
import type { WorkerView } from '../admin/workers.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { confirmArgs, refuseUnsure } from './confirm.ts'
import { withAdmin } from './connect.ts'
import { decimal, wholeNumber } from './number-args.ts'
import { pasteable } from './program.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Create a worker; the portal key is printed once, alone on stdout',
    examples: [
      'keyward admin workers create --first-name Ana --last-name Ruiz --city "New York" --state NY --latitude 40.71 --longitude -74.01',
      'KEY=$(keyward admin workers create --first-name Ana --last-name Ruiz --city Austin --state TX --latitude 30.27 --longitude -97.74 --skills photography)',
    ],
  },
  args: {
    'first-name': { type: 'string', required: true, description: 'First name' },
    'last-name': { type: 'string', required: true, description: 'Last name; developers see its initial' },
    city: { type: 'string', required: true, description: 'Where they live' },
    state: { type: 'string', valueHint: 'NY', required: true, description: 'Two-letter state code' },
    latitude: { type: 'string', valueHint: 'degrees', required: true, description: 'From -90 to 90' },
    longitude: { type: 'string', valueHint: 'degrees', required: true, description: 'From -180 to 180' },
    skills: { type: 'string', valueHint: 'a,b', description: 'What they can do (default: nothing special)' },
    'hourly-rate-cents': { type: 'string', valueHint: 'n', description: 'What they ask for (default: 2500)' },
    ...adminArgs,
  },
  async run({ args }) {
    const rate = args['hourly-rate-cents']
    const input = {
      firstName: args['first-name'],
      lastName: args['last-name'],
      city: args.city,
      state: args.state,
      latitude: decimal('--latitude', args.latitude),
      longitude: decimal('--longitude', args.longitude),
      skills: args.skills?.split(',').map((skill) => skill.trim()),
      hourlyRateCents: rate === undefined ? undefined : wholeNumber('--hourly-rate-cents', rate),
    }
    const created = await withAdmin(folderOf(args), true, (admin) => admin.workers.create(input))
    if (args.json) return printJson(created)
    print(created.key)
    tell(`Created worker ${created.firstName} ${created.lastName}, id ${created.id}.`)
    tell('This is the only time the key is shown.')
  },
})

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the workers, newest first',
    examples: ['keyward admin workers list', 'keyward admin workers list --json'],
  },
  args: { ...listArgs },
  async run({ args }) {
    const workers = await withAdmin(folderOf(args), false, (admin) => admin.workers.list())
    if (args.json) return printJson(workers)
    if (workers.length === 0)
      return tell(
        `No workers. Make one with: ${pasteable('keyward admin workers create --help', folderOf(args))}`,
      )
    printText(renderTable(WORKER_COLUMNS, workers.map(workerRow)))
  },
})

const WORKER_ARG = {
  type: 'positional',
  required: true,
  description: 'The worker’s id, as `workers list` shows it',
} as const

const suspend = defineCommand({
  meta: {
    name: 'suspend',
    description: 'Suspend a worker; the key is refused from the next request on',
    examples: ['keyward admin workers suspend WORKER', 'keyward admin workers suspend WORKER --json'],
  },
  args: { id: WORKER_ARG, ...adminArgs },
  async run({ args }) {
    const worker = await withAdmin(folderOf(args), false, (admin) => admin.workers.suspend({ id: args.id }))
    if (args.json) return printJson(worker)
    print(`Suspended worker ${worker.firstName} ${worker.lastName}.`)
  },
})

const resume = defineCommand({
  meta: {
    name: 'resume',
    description: 'Let a suspended worker work again, with the same key',
    examples: ['keyward admin workers resume WORKER', 'keyward admin workers resume WORKER --json'],
  },
  args: { id: WORKER_ARG, ...adminArgs },
  async run({ args }) {
    const worker = await withAdmin(folderOf(args), false, (admin) => admin.workers.resume({ id: args.id }))
    if (args.json) return printJson(worker)
    print(`Worker ${worker.firstName} ${worker.lastName} may work again.`)
  },
})

const newKey = defineCommand({
  meta: {
    name: 'new-key',
    description:
      'Give a worker another portal key; it is printed once, alone on stdout. The old one ends now',
    examples: ['keyward admin workers new-key WORKER', 'KEY=$(keyward admin workers new-key WORKER --yes)'],
  },
  args: { id: WORKER_ARG, ...confirmArgs, ...adminArgs },
  async run({ args }) {
    const { id } = args
    const folder = folderOf(args)
    await refuseUnsure(`End the key that worker ${id} has, for good?`, args)
    const worker = await withAdmin(folder, false, (admin) => admin.workers.newKey({ id }))
    if (args.json) return printJson(worker)
    print(worker.key)
    tell(`Worker ${worker.firstName} ${worker.lastName} has this key from now on; the old one is refused.`)
    tell('This is the only time it is shown.')
  },
})

export const workers = defineCommand({
  meta: { name: 'workers', description: 'Create, list, suspend and resume workers of the live environment' },
  subCommands: { create, list, suspend, resume, 'new-key': newKey },
})

// --- internal ---

const WORKER_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'NAME', rank: 1, shrinks: 'text' },
  { title: 'KEY', rank: 4 },
  { title: 'PLACE', rank: 3, shrinks: 'text' },
  { title: 'SKILLS', rank: 6, shrinks: 'text' },
  { title: 'CENTS/HOUR', rank: 7 },
  { title: 'EARNED/CENTS', rank: 5 },
  { title: 'STATUS', rank: 2 },
  { title: 'CREATED', rank: 8 },
]

function workerRow(worker: WorkerView): string[] {
  return [
    worker.id,
    `${worker.firstName} ${worker.lastName}`,
    `${worker.keyPrefix}…`,
    `${worker.city}, ${worker.state}`,
    worker.skills.join(',') || '-',
    `${worker.hourlyRateCents}`,
    `${worker.earnedCents}`,
    worker.status,
    readableTime(worker.createdAt, ''),
  ]
}
