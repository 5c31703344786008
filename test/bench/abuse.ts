import type { DataFolder } from '../../src/data-folder/folder.ts'
import { manyKeys } from './contestants.ts'
import { processCpuUs, residentMib } from './cpu.ts'
import { executable } from './executable.ts'
import { atGoodPath, GOOD_LOAD, KEYS } from './good-load.ts'
import { type MeasuredServer, startMeasured } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { spreadOf } from './spread.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Row, Suite } from './suite.ts'
import { type Observed, undisturbed } from './undisturbed.ts'
import { hasWrk, type Load, type LoadReport, perSecond, runWrk, WRK_MISSING, warmUp } from './wrk.ts'

export const abuse: Suite = {
  name: 'abuse',
  about: 'what a flood of wrong keys and forged addresses costs those with a good one',
  run: async (plan) =>
    hasWrk()
      ? withDataFolder((folder) => measureAbuse(folder, plan))
      : { sheets: [], skipped: [{ name: 'abuse', reason: WRK_MISSING }] },
}

// --- internal ---

/** 1,000 requests/s with the prefix of a stored key and a wrong rest: all from here, or each from elsewhere. */
const WRONG_KEYS = { LOAD_KEYS: `${KEYS}`, LOAD_FORGED: 'prefix', LOAD_PAUSE_MS: '10' }
const FLOODS: readonly { name: string; load: Omit<Load, 'url'> | null }[] = [
  { name: 'good keys alone', load: null },
  {
    name: '+ 1,000 wrong keys/s, one address',
    load: { script: { ...WRONG_KEYS, LOAD_SAME_ADDRESS: '1' }, connections: 10 },
  },
  { name: '+ 1,000 wrong keys/s, forged addresses', load: { script: WRONG_KEYS, connections: 10 } },
]

/** As fast as they come: a million made-up keys from as many addresses, or as many as the time allows. */
const MILLION = 1_000_000
const MILLION_SECONDS_MAX = 90

/** A window is dropped when it has been empty for a sweep or two; memory given back takes a little longer. */
const AFTERWARDS_SECONDS = 75

async function measureAbuse(folder: DataFolder, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, KEYS)
  const binary = await executable(plan.progress)
  const options = ['--data', folder.path, '--trust-proxy', '127.0.0.1']
  const server = await startMeasured((port) => [binary, 'serve', '--port', `${port}`, ...options])
  try {
    await warmUp(atGoodPath(server, manyKeys(KEYS)), plan)
    const paced = await floodRounds(server, plan)
    const million = await floodOfMillion(server, plan)
    return {
      sheets: [...paced.sheets, ...million.sheets],
      targets: paced.targets,
      failures: [...(paced.failures ?? []), ...(million.failures ?? [])],
      skipped: million.skipped,
    }
  } finally {
    await server.stop()
  }
}

type Flooded = { good: LoadReport; flood: LoadReport | null }

async function floodRounds(server: MeasuredServer, plan: Plan): Promise<Outcome> {
  const observed = FLOODS.map((): Observed<Flooded>[] => [])
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, { name, load }] of FLOODS.entries()) {
      plan.progress(`round ${round + 1} of ${plan.rounds}, ${name}`)
      observed[index]?.push(await undisturbed(plan.triesMax, () => floodOnce(server, load, plan.seconds)))
    }
  }
  const rows = FLOODS.map(({ name }, index) => floodRow(name, observed[index] ?? []))
  const [alone, ...flooded] = rows
  return {
    sheets: [
      {
        title: '500 requests/s with good keys, beside 1,000 a second with wrong ones',
        columns: [
          { key: 'name', head: '' },
          { key: 'p50Ms', head: 'p50 ms', digits: 2 },
          { key: 'p99Ms', head: 'p99 ms', digits: 2 },
          { key: 'goodRefused', head: 'good refused' },
          { key: 'wrongPerSecond', head: 'wrong/s' },
          { key: 'wrongAdmitted', head: 'wrong admitted' },
          { key: 'memoryMib', head: 'MiB' },
          { key: 'disturbed', head: 'disturbed' },
        ],
        rows,
      },
    ],
    targets: flooded.map(({ name, p99Ms }) => ({
      name: `p99 of good keys ${name}`,
      measured: p99Ms.median / (alone?.p99Ms.median ?? Number.NaN),
      unit: '× alone',
      atMost: 2,
    })),
    failures: rows.flatMap(wrongIn),
  }

  function floodRow(name: string, rounds: readonly Observed<Flooded>[]) {
    const good = rounds.map(({ value }) => value.good)
    const floods = rounds.flatMap(({ value }) => value.flood ?? [])
    return {
      name,
      p50Ms: spreadOf(good.map(({ p50Us }) => p50Us / 1000)).median,
      p99Ms: spreadOf(good.map(({ p99Us }) => p99Us / 1000)),
      goodRefused: good.reduce((sum, { refused, broken }) => sum + refused + broken, 0),
      wrongPerSecond: floods.length === 0 ? null : spreadOf(floods.map(perSecond)).median,
      wrongAdmitted: floods.reduce((sum, { requests, refused }) => sum + requests - refused, 0),
      memoryMib: residentMib(server.pid),
      disturbed: rounds.filter(({ disturbed }) => disturbed).length,
    }
  }
}

/** Wrong keys that were admitted, and good ones that were not. */
function wrongIn({
  name,
  goodRefused,
  wrongAdmitted,
}: {
  name: string
  goodRefused: number
  wrongAdmitted: number
}) {
  if (goodRefused + wrongAdmitted === 0) return []
  return [`${name}: ${goodRefused} good requests were refused and ${wrongAdmitted} wrong ones admitted`]
}

async function floodOnce(server: MeasuredServer, flood: Omit<Load, 'url'> | null, seconds: number) {
  const before = processCpuUs(server.pid)
  const [good, wrong] = await Promise.all([
    runWrk(atGoodPath(server, GOOD_LOAD), seconds),
    flood === null ? null : runWrk(atGoodPath(server, flood), seconds),
  ])
  const cpuUs = good.cpuUs + (wrong?.cpuUs ?? 0) + processCpuUs(server.pid) - before
  return { value: { good, flood: wrong }, cpuUs }
}

/** The flood takes all it can get, so the good keys' latency is told but has no target. */
async function floodOfMillion(server: MeasuredServer, plan: Plan): Promise<Outcome> {
  const rows: Row[] = [{ phase: 'before', memoryMib: residentMib(server.pid) }]
  let sent = 0
  let admitted = 0
  let goodRefused = 0
  const giveUpAt = performance.now() + (plan.quick ? 2 : MILLION_SECONDS_MAX) * 1000
  while (sent < MILLION && performance.now() < giveUpAt) {
    plan.progress(`${sent} made-up keys from as many addresses so far`)
    const made = { script: { LOAD_FORGED: 'made up' } }
    const { value } = await floodOnce(server, made, 2)
    sent += value.flood?.requests ?? 0
    admitted += (value.flood?.requests ?? 0) - (value.flood?.refused ?? 0)
    goodRefused += value.good.refused + value.good.broken
    rows.push({
      phase: `after ${sent.toLocaleString('en')} made-up keys`,
      memoryMib: residentMib(server.pid),
      madeUpPerSecond: value.flood ? perSecond(value.flood) : null,
      p99Ms: value.good.p99Us / 1000,
    })
  }
  if (!plan.quick) {
    plan.progress(`waiting ${AFTERWARDS_SECONDS} s for the windows to run out`)
    await Bun.sleep(AFTERWARDS_SECONDS * 1000)
    const { good } = (await floodOnce(server, null, plan.seconds)).value
    rows.push({
      phase: `${AFTERWARDS_SECONDS} s later`,
      memoryMib: residentMib(server.pid),
      p99Ms: good.p99Us / 1000,
    })
  }
  return {
    sheets: [
      {
        title: 'Made-up keys from random addresses, as fast as wrk can',
        columns: [
          { key: 'phase', head: '' },
          { key: 'memoryMib', head: 'MiB', digits: 1 },
          { key: 'madeUpPerSecond', head: 'made up/s' },
          { key: 'p99Ms', head: 'p99 of good keys ms', digits: 2 },
        ],
        rows,
        notes: ['At most 100,000 addresses have a window of their own; all beyond share one.'],
      },
    ],
    failures: wrongIn({ name: 'made-up keys', goodRefused, wrongAdmitted: admitted }),
    skipped: plan.quick ? [{ name: 'memory after the flood', reason: 'not in the short form' }] : [],
  }
}
