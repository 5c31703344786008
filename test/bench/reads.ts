import type { DataFolder } from '../../src/data-folder/folder.ts'
import { openClient } from '../../src/db/driver.ts'
import type { Api } from '../../src/keys/token.ts'
import {
  type Contest,
  type Contestant,
  ratioIn,
  requestsPerSecondOf,
  runContest,
  unsuccessfulIn,
} from './contest.ts'
import {
  BARE_ELYSIA,
  bareElysia,
  FROM_SOURCE,
  HAND_WRITTEN,
  handWritten,
  keywardServe,
  manyKeys,
  withPaths,
} from './contestants.ts'
import { startMeasured } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { createSmallWorkflow, runSmall } from './small-run.ts'
import { authorizationOf, storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Suite, Target } from './suite.ts'
import { hasWrk, WRK_MISSING } from './wrk.ts'

export const reads: Suite = {
  name: 'reads',
  about: 'what clients read, against the same answers written by hand without key, limit and validation',
  async run(plan) {
    if (!hasWrk()) return { sheets: [], skipped: [{ name: 'reads', reason: WRK_MISSING }] }
    return toOutcome([
      ...(await withDataFolder((folder) => workflowReads(folder, plan))),
      ...(await withDataFolder((folder) => manyWorkflowsReads(folder, plan))),
      ...(await withDataFolder((folder) => workfunderReads(folder, plan))),
    ])
  },
}

// --- internal ---

/** So many that the documented 1,000 a minute of each key last at 160,000 requests/s. */
const KEYS = 10_000

const WORKFLOWS = 50
const MANY_WORKFLOWS = 10_000

/** Addresses that are asked in turn, of as many runs or tasks: whoever asks one again and again gets a kept answer. */
const IN_TURN = 1000
const IN_TURN_QUICK = 60

/** Of runs that are made for it. */
const RUNS_AT_ONCE = 20

const KEYWARD = 'Keyward'

/** What is asked, one address after the other. */
type Asked = { title: string; paths: readonly string[] }

type Read = { contest: Contest; base: string; atLeast: number; perSecondAtLeast?: number }

const LIST_PER_SECOND = 20_000

async function workflowReads(folder: DataFolder, plan: Plan): Promise<Read[]> {
  plan.progress('storing workflows and runs')
  await storeKeys(folder, KEYS, 'workflows', { workflows: WORKFLOWS })
  await storeRuns(folder, inTurn(plan))
  const read = await againstHandWritten(folder, 'workflows', theList('/api/v1/workflows'), plan)
  const reads: Read[] = [{ ...read, perSecondAtLeast: LIST_PER_SECOND }]
  const others = [theList('/api/v1/runs'), ...eachOf(folder, '/api/v1/runs', 'runs', plan)]
  for (const asked of others) reads.push(await againstHandWritten(folder, 'workflows', asked, plan))
  return reads
}

async function manyWorkflowsReads(folder: DataFolder, plan: Plan): Promise<Read[]> {
  const workflows = plan.quick ? IN_TURN_QUICK : MANY_WORKFLOWS
  plan.progress(`storing ${workflows} workflows`)
  await storeKeys(folder, KEYS, 'workflows', { workflows })
  const list = { ...theList('/api/v1/workflows'), title: `GET /api/v1/workflows of ${workflows}` }
  const read = await againstHandWritten(folder, 'workflows', list, plan)
  const reads: Read[] = [{ ...read, perSecondAtLeast: LIST_PER_SECOND }]
  for (const asked of eachOf(folder, '/api/v1/workflows', 'workflows', plan)) {
    reads.push(await againstHandWritten(folder, 'workflows', asked, plan))
  }
  return reads
}

async function workfunderReads(folder: DataFolder, plan: Plan): Promise<Read[]> {
  plan.progress('storing tasks')
  await storeKeys(folder, KEYS, 'workfunder', { tasks: inTurn(plan) })
  const reads: Read[] = []
  for (const asked of [theList('/v1/tasks'), ...eachOf(folder, '/v1/tasks', 'tasks', plan)]) {
    reads.push(await againstHandWritten(folder, 'workfunder', asked, plan))
  }
  return [...reads, await accountRead(folder, plan)]
}

function inTurn({ quick }: Plan): number {
  return quick ? IN_TURN_QUICK : IN_TURN
}

function theList(path: string): Asked {
  return { title: `GET ${path}`, paths: [path] }
}

/** One of them again and again, and many of them in turn. */
function eachOf(folder: DataFolder, path: string, table: Table, plan: Plan): Asked[] {
  const paths = newest(folder, table, inTurn(plan)).map((id) => `${path}/${id}`)
  return [
    { title: `GET ${path}/:id, one`, paths: paths.slice(0, 1) },
    { title: `GET ${path}/:id, ${paths.length} in turn`, paths },
  ]
}

async function accountRead(folder: DataFolder, plan: Plan): Promise<Read> {
  const load = manyKeys(KEYS, 'sequence', 'workfunder')
  const contestants = [bareElysia(load), keywardServe(KEYWARD, FROM_SOURCE, folder, '/v1/account', load)]
  const contest = await runContest('GET /v1/account', contestants, BARE_ELYSIA, plan)
  return { contest, base: BARE_ELYSIA, atLeast: 0.5 }
}

async function againstHandWritten(
  folder: DataFolder,
  api: Api,
  { title, paths }: Asked,
  plan: Plan,
): Promise<Read> {
  const load = withPaths(manyKeys(KEYS, 'sequence', api), paths)
  const [path = ''] = paths
  const contestants = [
    handWritten(folder, path, load),
    keywardServe(KEYWARD, FROM_SOURCE, folder, path, load),
  ]
  await refuseDifferent(contestants, api)
  const contest = await runContest(title, contestants, HAND_WRITTEN, plan)
  return { contest, base: HAND_WRITTEN, atLeast: 0.9 }
}

/** Whoever answers less is faster. @throws Error where the answers are not the same to the byte. */
async function refuseDifferent(contestants: readonly Contestant[], api: Api): Promise<void> {
  const bodies: string[] = []
  for (const { start, path } of contestants) {
    const server = await start()
    try {
      const response = await fetch(server.url + path, { headers: authorizationOf(0, api) })
      bodies.push(await response.text())
    } finally {
      await server.stop()
    }
  }
  const [expected, ...others] = bodies
  const different = others.find((body) => body !== expected)
  if (different !== undefined) throw new Error(`the answers differ:\n${expected}\n${different}`)
}

/** Small runs by a server, as they come about. */
async function storeRuns(folder: DataFolder, runs: number): Promise<void> {
  const command = (port: number) => [...FROM_SOURCE, 'serve', '--port', `${port}`, '--data', folder.path]
  const server = await startMeasured(command, { anyCore: true })
  try {
    const url = await createSmallWorkflow(server)
    for (let run = 0; run < runs; run += RUNS_AT_ONCE) {
      await Promise.all(Array.from({ length: RUNS_AT_ONCE }, (_, at) => runSmall(url, run + at)))
    }
  } finally {
    await server.stop()
  }
}

type Table = 'workflows' | 'runs' | 'tasks'

/** The ids of so many. */
function newest(folder: DataFolder, table: Table, count: number): string[] {
  const db = openClient(folder.database)
  try {
    const ids = db.prepare(`select id from ${table} order by created_at desc, id desc limit ?`).pluck()
    return ids.all(count).map(String)
  } finally {
    db.close()
  }
}

function toOutcome(all: readonly Read[]): Outcome {
  return {
    sheets: all.map(({ contest }) => contest.sheet),
    failures: all.flatMap(({ contest }) => unsuccessfulIn(contest)),
    targets: all.flatMap(targetsOf),
  }
}

function targetsOf({ contest, base, atLeast, perSecondAtLeast }: Read): Target[] {
  const { title } = contest.sheet
  const ratio: Target = {
    name: `${title}: Keyward against ${base}`,
    measured: ratioIn(contest, KEYWARD, base),
    unit: '×',
    atLeast,
  }
  if (perSecondAtLeast === undefined) return [ratio]
  const measured = requestsPerSecondOf(contest, KEYWARD)
  return [ratio, { name: title, measured, unit: 'requests/s', atLeast: perSecondAtLeast }]
}
