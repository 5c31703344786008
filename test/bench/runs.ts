import type { DataFolder } from '../../src/data-folder/folder.ts'
import { manyKeys } from './contestants.ts'
import { processCpuUs } from './cpu.ts'
import { executable } from './executable.ts'
import { atGoodPath, GOOD_LOAD, KEYS } from './good-load.ts'
import { type MeasuredServer, startMeasured } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { createSmallWorkflow, failedRuns, runSmall, SMALL_RUN_BODY } from './small-run.ts'
import { spreadOf } from './spread.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Suite } from './suite.ts'
import { type Observed, undisturbed } from './undisturbed.ts'
import { hasWrk, type Load, type LoadReport, perSecond, runWrk, WRK_MISSING } from './wrk.ts'

export const runs: Suite = {
  name: 'runs',
  about: 'how fast small runs of a workflow end, and what they cost those with a good key',
  run: async (plan) =>
    hasWrk()
      ? withDataFolder((folder) => measureRuns(folder, plan))
      : { sheets: [], skipped: [{ name: 'runs', reason: WRK_MISSING }] },
}

// --- internal ---

const UNDER_WAY = 50

/** Starts are wrk's: each connection starts a run, waits for its end, and starts the next, with the next key. */
const STARTS: readonly { name: string; connections: number }[] = [
  { name: 'one at a time', connections: 1 },
  { name: `${UNDER_WAY} under way`, connections: UNDER_WAY },
]

/** Beside requests with good keys. @returns how many runs ended. */
type Beside = (subject: Subject, seconds: number) => Promise<Ended>
type Ended = { ended: number; wrong: number; cpuUs: number }

const BESIDE: readonly { name: string; work: Beside }[] = [
  { name: 'no runs', work: async () => ({ ended: 0, wrong: 0, cpuUs: 0 }) },
  { name: `${UNDER_WAY} at once, again and again`, work: bursts },
  { name: `${UNDER_WAY} always under way`, work: always },
]

type Subject = { server: MeasuredServer; startUrl: string }

const NOTE =
  'The server may use both cores, because its engine has a thread of its own; wrk and this bench share them.'

async function measureRuns(folder: DataFolder, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, KEYS)
  const binary = await executable(plan.progress)
  const command = (port: number) => [binary, 'serve', '--port', `${port}`, '--data', folder.path]
  const server = await startMeasured(command, { anyCore: true })
  try {
    const subject = { server, startUrl: await createSmallWorkflow(server) }
    if (!plan.quick) {
      plan.progress('warming up')
      await always(subject, 3)
      await settle(subject)
    }
    const ends = await startRounds(subject, plan)
    const costs = await besideRounds(subject, plan)
    const failed = await failedRuns(server)
    return {
      sheets: [...ends.sheets, ...costs.sheets],
      targets: [...(ends.targets ?? []), ...(costs.targets ?? [])],
      failures: [
        ...(ends.failures ?? []),
        ...(costs.failures ?? []),
        ...(failed > 0 ? [`${failed} runs or more failed`] : []),
      ],
    }
  } finally {
    await server.stop()
  }
}

async function startRounds(subject: Subject, plan: Plan): Promise<Outcome> {
  const observed = await rounds(plan, STARTS, ({ connections }) =>
    startAndWait(subject, connections, plan.seconds),
  )
  const rows = STARTS.map(({ name }, index) => {
    const all = observed[index] ?? []
    const reports = all.map(({ value }) => value)
    return {
      name,
      p50Ms: spreadOf(reports.map(({ p50Us }) => p50Us / 1000)),
      p99Ms: spreadOf(reports.map(({ p99Us }) => p99Us / 1000)),
      perSecond: spreadOf(reports.map(perSecond)),
      refused: reports.reduce((sum, { refused, broken }) => sum + refused + broken, 0),
      disturbed: all.filter(({ disturbed }) => disturbed).length,
    }
  })
  const [alone] = rows
  return {
    sheets: [
      {
        title: 'Runs of three trivial steps over HTTP, from the call to the answer with how it ended',
        columns: [
          { key: 'name', head: '' },
          { key: 'p50Ms', head: 'p50 ms', digits: 1 },
          { key: 'p99Ms', head: 'p99 ms', digits: 1 },
          { key: 'perSecond', head: 'runs/s' },
          { key: 'refused', head: 'refused' },
          { key: 'disturbed', head: 'disturbed' },
        ],
        rows,
        notes: [NOTE],
      },
    ],
    targets: [
      {
        name: 'p99 of a small run, one at a time',
        measured: alone?.p99Ms.median ?? Number.NaN,
        unit: 'ms',
        atMost: 100,
      },
    ],
    failures: rows.flatMap(({ name, refused }) =>
      refused > 0 ? [`${name}: ${refused} starts were refused`] : [],
    ),
  }
}

async function besideRounds(subject: Subject, plan: Plan): Promise<Outcome> {
  const observed = await rounds(plan, BESIDE, ({ work }) => checkBeside(subject, work, plan.seconds))
  const rows = BESIDE.map(({ name }, index) => {
    const all = observed[index] ?? []
    const good = all.map(({ value }) => value.good)
    const beside = all.map(({ value }) => value.beside)
    return {
      name,
      p50Ms: spreadOf(good.map(({ p50Us }) => p50Us / 1000)),
      p99Ms: spreadOf(good.map(({ p99Us }) => p99Us / 1000)),
      maxMs: spreadOf(good.map(({ maxUs }) => maxUs / 1000)).median,
      runsPerSecond: spreadOf(beside.map(({ ended }) => ended / plan.seconds)).median,
      serverCores: spreadOf(all.map(({ value }) => value.serverCores)).median,
      goodRefused: good.reduce((sum, { refused, broken }) => sum + refused + broken, 0),
      runsRefused: beside.reduce((sum, { wrong }) => sum + wrong, 0),
      disturbed: all.filter(({ disturbed }) => disturbed).length,
    }
  })
  const [idle, ...loaded] = rows
  return {
    sheets: [
      {
        title: '500 requests/s with good keys, beside small runs',
        columns: [
          { key: 'name', head: '' },
          { key: 'p50Ms', head: 'p50 ms', digits: 2 },
          { key: 'p99Ms', head: 'p99 ms', digits: 2 },
          { key: 'maxMs', head: 'max ms', digits: 1 },
          { key: 'runsPerSecond', head: 'runs/s' },
          { key: 'serverCores', head: 'cores used', digits: 2 },
          { key: 'goodRefused', head: 'good refused' },
          { key: 'runsRefused', head: 'runs refused' },
          { key: 'disturbed', head: 'disturbed' },
        ],
        rows,
        notes: [NOTE],
      },
    ],
    targets: loaded.map(({ name, p99Ms }) => ({
      name: `p99 of good keys, ${name}`,
      measured: p99Ms.median / (idle?.p99Ms.median ?? Number.NaN),
      unit: '× without runs',
      atMost: 1.8,
    })),
    failures: rows.flatMap(({ name, goodRefused, runsRefused }) =>
      goodRefused + runsRefused > 0
        ? [`${name}: ${goodRefused} good requests and ${runsRefused} starts of runs were refused`]
        : [],
    ),
  }
}

/** Each case in each round, in turn. @returns what was observed, by case. */
async function rounds<C extends { name: string }, T>(
  plan: Plan,
  cases: readonly C[],
  measure: (one: C) => Promise<{ value: T; cpuUs: number }>,
): Promise<Observed<T>[][]> {
  const observed = cases.map((): Observed<T>[] => [])
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, one] of cases.entries()) {
      plan.progress(`round ${round + 1} of ${plan.rounds}, ${one.name}`)
      observed[index]?.push(await undisturbed(plan.triesMax, () => measure(one)))
    }
  }
  return observed
}

async function startAndWait(
  subject: Subject,
  connections: number,
  seconds: number,
): Promise<{ value: LoadReport; cpuUs: number }> {
  const before = processCpuUs(subject.server.pid)
  const value = await runWrk(startLoad(subject, connections), seconds)
  await settle(subject)
  return { value, cpuUs: value.cpuUs + processCpuUs(subject.server.pid) - before }
}

async function checkBeside(subject: Subject, work: Beside, seconds: number) {
  const { server } = subject
  const before = processCpuUs(server.pid)
  const [good, beside] = await Promise.all([
    runWrk(atGoodPath(server, GOOD_LOAD), seconds),
    work(subject, seconds),
  ])
  const serverUs = processCpuUs(server.pid) - before
  await settle(subject)
  const cpuUs = good.cpuUs + beside.cpuUs + processCpuUs(server.pid) - before
  return { value: { good, beside, serverCores: serverUs / good.durationUs }, cpuUs }
}

/** Fifty are started at once, and the next fifty when all of them have ended. */
async function bursts({ startUrl }: Subject, seconds: number): Promise<Ended> {
  const endAt = performance.now() + seconds * 1000
  let ended = 0
  let wrong = 0
  while (performance.now() < endAt) {
    const burst = Array.from({ length: UNDER_WAY }, (_, index) => runSmall(startUrl, (ended + index) % KEYS))
    const settled = await Promise.allSettled(burst)
    wrong += settled.filter(({ status }) => status === 'rejected').length
    ended += UNDER_WAY
  }
  return { ended, wrong, cpuUs: 0 }
}

async function always(subject: Subject, seconds: number): Promise<Ended> {
  const { requests, refused, broken, cpuUs } = await runWrk(startLoad(subject, UNDER_WAY), seconds)
  return { ended: requests, wrong: refused + broken, cpuUs }
}

function startLoad({ startUrl }: Subject, connections: number): Load {
  const keys = manyKeys(KEYS)
  const sent = { LOAD_METHOD: 'POST', LOAD_BODY: SMALL_RUN_BODY }
  return { ...keys, url: startUrl, connections, script: { ...keys.script, ...sent } }
}

/** wrk hangs up in the middle of runs. The engine takes them in turn: when this one has ended, so have they. */
async function settle({ startUrl }: Subject): Promise<void> {
  await runSmall(startUrl, 0)
}
