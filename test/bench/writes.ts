import type { DataFolder } from '../../src/data-folder/folder.ts'
import { manyKeys } from './contestants.ts'
import { processCpuUs } from './cpu.ts'
import { executable } from './executable.ts'
import { atGoodPath, GOOD_LOAD, KEYS } from './good-load.ts'
import { type MeasuredServer, startMeasured } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { spreadOf } from './spread.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Suite } from './suite.ts'
import { type Observed, undisturbed } from './undisturbed.ts'
import { hasWrk, type Load, type LoadReport, perSecond, runWrk, WRK_MISSING, warmUp } from './wrk.ts'

export const writes: Suite = {
  name: 'writes',
  about: 'how many tasks are created a second, and what slow syncs cost those with a good key',
  async run(plan) {
    if (!hasWrk()) return { sheets: [], skipped: [{ name: 'writes', reason: WRK_MISSING }] }
    const tasks = await withDataFolder((folder) => measureTasks(folder, plan))
    if (!Bun.which('strace')) {
      const reason = 'strace is not installed (apt-get install strace)'
      return { ...tasks, skipped: [{ name: 'good keys beside slow syncs', reason }] }
    }
    const beside = await withDataFolder((folder) => measureBeside(folder, plan))
    return {
      sheets: [...tasks.sheets, ...beside.sheets],
      targets: [...(tasks.targets ?? []), ...(beside.targets ?? [])],
      failures: [...(tasks.failures ?? []), ...(beside.failures ?? [])],
    }
  },
}

// --- internal ---

const CONNECTIONS = 50

const TASK = JSON.stringify({
  title: 'Photograph the storefront',
  description: 'Three pictures',
  category: 'photography',
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
  budget_cents: 5000,
})

const WORKFLOW = JSON.stringify({ name: 'Flow', trigger: { type: 'api' }, steps: [] })

/**
 * Each sync, of whichever thread, takes 10 ms longer. With -D the server is our child, and hears signals; with --seccomp-bpf
 * it is stopped at syncs alone and not at every system call, which would make it several times slower with and without writes.
 */
const SLOW_SYNCS = [
  'strace',
  '-D',
  '-f',
  '--seccomp-bpf',
  '-qq',
  ...['-o', '/dev/null'],
  ...['-e', 'trace=fdatasync,fsync'],
  ...['-e', 'inject=fdatasync,fsync:delay_exit=10000'],
]

async function measureTasks(folder: DataFolder, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, KEYS, 'workfunder')
  const server = await served(folder, plan, [])
  try {
    const keys = manyKeys(KEYS, 'sequence', 'workfunder')
    const load = { ...posting(keys, TASK), connections: CONNECTIONS, url: `${server.url}/v1/tasks` }
    await warmUp(load, plan)
    const observed: Observed<LoadReport>[] = []
    for (let round = 0; round < plan.rounds; round++) {
      plan.progress(`round ${round + 1} of ${plan.rounds}, POST /v1/tasks`)
      observed.push(await undisturbed(plan.triesMax, () => loaded(server, load, plan.seconds)))
    }
    const reports = observed.map(({ value }) => value)
    const created = spreadOf(reports.map(perSecond))
    return {
      sheets: [
        {
          title: `POST /v1/tasks, ${CONNECTIONS} connections, each on disk when it is answered`,
          columns: [
            { key: 'perSecond', head: 'tasks/s' },
            { key: 'p50Ms', head: 'p50 ms', digits: 1 },
            { key: 'p99Ms', head: 'p99 ms', digits: 1 },
            { key: 'disturbed', head: 'disturbed' },
          ],
          rows: [
            {
              perSecond: created,
              p50Ms: spreadOf(reports.map(({ p50Us }) => p50Us / 1000)),
              p99Ms: spreadOf(reports.map(({ p99Us }) => p99Us / 1000)),
              disturbed: observed.filter(({ disturbed }) => disturbed).length,
            },
          ],
        },
      ],
      targets: [{ name: 'tasks created a second', measured: created.median, unit: '/s', atLeast: 6000 }],
      failures: refusedIn('POST /v1/tasks', reports),
    }
  } finally {
    await server.stop()
  }
}

async function measureBeside(folder: DataFolder, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, KEYS)
  const server = await served(folder, plan, SLOW_SYNCS)
  try {
    const good = atGoodPath(server, GOOD_LOAD)
    // Each connection has a write every 8 ms and a sync, or two.
    const write = { ...posting(manyKeys(KEYS), WORKFLOW, 8), connections: 6, url: good.url }
    await warmUp(good, plan)
    const alone: LoadReport[] = []
    const beside: LoadReport[] = []
    const written: LoadReport[] = []
    for (let round = 0; round < plan.rounds; round++) {
      plan.progress(`round ${round + 1} of ${plan.rounds}, beside writes with syncs of 10 ms`)
      alone.push(await runWrk(good, plan.seconds))
      const [checked, stored] = await Promise.all([runWrk(good, plan.seconds), runWrk(write, plan.seconds)])
      beside.push(checked)
      written.push(stored)
    }
    const p99Of = (reports: LoadReport[]) => spreadOf(reports.map(({ p99Us }) => p99Us / 1000))
    return {
      sheets: [
        {
          title: '500 requests/s with good keys, where each sync takes 10 ms',
          columns: [
            { key: 'name', head: '' },
            { key: 'p99Ms', head: 'p99 ms', digits: 2 },
            { key: 'writes', head: 'writes/s' },
          ],
          rows: [
            { name: 'no writes', p99Ms: p99Of(alone), writes: 0 },
            { name: 'beside writes', p99Ms: p99Of(beside), writes: spreadOf(written.map(perSecond)) },
          ],
        },
      ],
      targets: [
        {
          name: 'p99 of good keys beside 200 writes/s with syncs of 10 ms',
          measured: p99Of(beside).median / p99Of(alone).median,
          unit: '× without writes',
          atMost: 3,
        },
      ],
      failures: refusedIn('beside slow syncs', [...alone, ...beside, ...written]),
    }
  } finally {
    await server.stop()
  }
}

/** @param around what runs the server's command */
async function served(folder: DataFolder, plan: Plan, around: readonly string[]): Promise<MeasuredServer> {
  const binary = await executable(plan.progress)
  const command = (port: number) => [...around, binary, 'serve', '--port', `${port}`, '--data', folder.path]
  return startMeasured(command, { anyCore: around.length > 0 })
}

function posting(keys: Omit<Load, 'url'>, body: string, pauseMs = 0): Omit<Load, 'url'> {
  const sent = { LOAD_METHOD: 'POST', LOAD_BODY: body, LOAD_PAUSE_MS: `${pauseMs}` }
  return { ...keys, script: { ...keys.script, ...sent } }
}

async function loaded(server: MeasuredServer, load: Load, seconds: number) {
  const before = processCpuUs(server.pid)
  const value = await runWrk(load, seconds)
  return { value, cpuUs: value.cpuUs + processCpuUs(server.pid) - before }
}

function refusedIn(name: string, reports: readonly LoadReport[]): string[] {
  const refused = reports.reduce((sum, { refused, broken }) => sum + refused + broken, 0)
  return refused > 0 ? [`${name}: ${refused} requests were refused`] : []
}
