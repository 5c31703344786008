import type { DataFolder } from '../../src/data-folder/folder.ts'
import { type Contest, type Contestant, ratioIn, runContest, unsuccessfulIn } from './contest.ts'
import { BARE_ELYSIA, bareElysia, keywardProbe, manyKeys, type Order } from './contestants.ts'
import { processCpuUs } from './cpu.ts'
import { withDataFolder } from './scratch.ts'
import { spreadOf } from './spread.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Suite, Target } from './suite.ts'
import { undisturbed } from './undisturbed.ts'
import { hasWrk, type LoadReport, runWrk, WRK_MISSING } from './wrk.ts'

export const scale: Suite = {
  name: 'scale',
  about: 'one key to a million, uniform and hot traffic, and the first minute after a restart',
  async run(plan) {
    if (!hasWrk()) return { sheets: [], skipped: [{ name: 'scale', reason: WRK_MISSING }] }
    const traffic = await trafficOutcome(plan)
    const restart = await withDataFolder((folder) => restartOutcome(folder, plan))
    return {
      sheets: [...traffic.sheets, ...restart.sheets],
      targets: [...(traffic.targets ?? []), ...(restart.targets ?? [])],
      failures: [...(traffic.failures ?? []), ...(restart.failures ?? [])],
      skipped: plan.quick ? [{ name: `${MILLION} keys`, reason: 'not in the short form' }] : [],
    }
  },
}

// --- internal ---

const TEN_THOUSAND = 10_000
const MILLION = 1_000_000

type Size = { count: number; order: Order }

/** Longer than ten thousand requests take on the slowest machine. */
const RESTART_SECONDS = 30

/** Each with a folder of its own: whoever finds that another program wrote to its database forgets all keys that it knows. */
const SIZES: readonly Size[] = [
  { count: 1, order: 'sequence' },
  { count: TEN_THOUSAND, order: 'uniform' },
  { count: TEN_THOUSAND, order: 'hot' },
  { count: MILLION, order: 'uniform' },
  { count: MILLION, order: 'hot' },
]

async function trafficOutcome(plan: Plan): Promise<Outcome> {
  const sizes = SIZES.filter(({ count }) => !plan.quick || count < MILLION)
  return withFolders(sizes, async (folders) => {
    const contestants: Contestant[] = [bareElysia(manyKeys(MILLION, 'uniform'))]
    for (const [index, size] of sizes.entries()) {
      const folder = folders[index]
      if (!folder) continue
      plan.progress(`storing ${size.count} keys`)
      await storeKeys(folder, size.count)
      contestants.push(ofSize(folder, size))
    }
    const contest = await runContest('Keys stored, all of them in use', contestants, BARE_ELYSIA, plan)
    const notes = [
      ...(contest.sheet.notes ?? []),
      'Hot: nine requests in ten go to one key in a hundred. Each key came once before; the first time it is looked up in the database.',
    ]
    return {
      sheets: [{ ...contest.sheet, notes }],
      targets: plan.quick ? [] : millionTargets(contest),
      failures: unsuccessfulIn(contest),
    }
  })
}

function millionTargets(contest: Contest): Target[] {
  const [hot, uniform] = [
    nameOf({ count: MILLION, order: 'hot' }),
    nameOf({ count: MILLION, order: 'uniform' }),
  ]
  const standings = contest.standings.filter(({ name }) => name === hot || name === uniform)
  const p99Ms = standings.find(({ name }) => name === uniform)?.p99Ms.median ?? Number.NaN
  const memoryMib = Math.max(...standings.map((standing) => standing.memoryMib))
  const ratioOf = (name: string) => ({
    name: `${name}: Keyward against bare Elysia`,
    measured: ratioIn(contest, name, BARE_ELYSIA),
    unit: '×',
  })
  return [
    { ...ratioOf(hot), atLeast: 0.5 },
    { ...ratioOf(uniform), atLeast: 0.35 },
    { name: `${uniform}: p99`, measured: p99Ms, unit: 'ms', atMost: 15 },
    { name: `${MILLION.toLocaleString('en')} keys: memory`, measured: memoryMib, unit: 'MiB', atMost: 300 },
  ]
}

function nameOf({ count, order }: Size): string {
  return count === 1 ? '1 key' : `${count.toLocaleString('en')} keys, ${order}`
}

function ofSize(folder: DataFolder, size: Size): Contestant {
  const { count, order } = size
  return {
    ...keywardProbe(folder, manyKeys(count, order), { name: nameOf(size) }),
    keysBefore: count,
  }
}

/** Opens a folder for each of these and gives them all at once. */
function withFolders<T>(
  wanted: readonly unknown[],
  use: (folders: readonly DataFolder[]) => Promise<T>,
  opened: readonly DataFolder[] = [],
): Promise<T> {
  if (opened.length === wanted.length) return use(opened)
  return withDataFolder((folder) => withFolders(wanted, use, [...opened, folder]))
}

/** The bcrypt hashes stored here match nothing, so a key that came to bcrypt would be refused and show. */
async function restartOutcome(folder: DataFolder, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, TEN_THOUSAND)
  const load = manyKeys(TEN_THOUSAND)
  const rounds: LoadReport[] = []
  for (let round = 0; round < plan.rounds; round++) {
    plan.progress(`restart ${round + 1} of ${plan.rounds}`)
    rounds.push((await undisturbed(plan.triesMax, () => restartOnce(folder, load))).value)
  }
  const servedMs = spreadOf(rounds.map(({ servedUs }) => (servedUs ?? Number.NaN) / 1000))
  const p99Ms = spreadOf(rounds.map(({ p99Us }) => p99Us / 1000))
  const maxMs = spreadOf(rounds.map(({ maxUs }) => maxUs / 1000))
  const refused = rounds.reduce((sum, report) => sum + report.refused + report.broken, 0)
  const failures = refused > 0 ? [`after a restart ${refused} requests with a good key did not succeed`] : []
  return {
    sheets: [
      {
        title: `After a restart, ${TEN_THOUSAND} keys asking at once`,
        columns: [
          { key: 'servedMs', head: 'every key served after ms', digits: 0 },
          { key: 'p99Ms', head: 'p99 ms meanwhile', digits: 2 },
          { key: 'maxMs', head: 'slowest ms', digits: 1 },
          { key: 'refused', head: 'not served' },
        ],
        rows: [{ servedMs, p99Ms, maxMs, refused }],
        notes: ['32 connections; each key comes once, at its first sight of this process.'],
      },
    ],
    targets: [
      { name: '10,000 keys served after a restart', measured: servedMs.median / 1000, unit: 's', atMost: 1 },
    ],
    failures,
  }
}

async function restartOnce(folder: DataFolder, load: ReturnType<typeof manyKeys>) {
  const { start, path } = keywardProbe(folder, load, { limits: 'documented' })
  const server = await start()
  try {
    const script = { ...load.script, LOAD_STOP_AFTER: `${TEN_THOUSAND}` }
    const report = await runWrk({ ...load, script, url: server.url + path }, RESTART_SECONDS)
    return { value: report, cpuUs: report.cpuUs + processCpuUs(server.pid) }
  } finally {
    await server.stop()
  }
}
