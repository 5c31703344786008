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
    return toOutcome(
      [
        ...(await withDataFolder((folder) => workflowReads(folder, plan))),
        ...(plan.quick ? [] : await withDataFolder((folder) => longListRead(folder, plan))),
        ...(await withDataFolder((folder) => workfunderReads(folder, plan))),
      ],
      plan,
    )
  },
}

// --- internal ---

/** So many that the documented 1,000 a minute of each key last at 160,000 requests/s. */
const KEYS = 10_000

const WORKFLOWS = 50
const MANY_WORKFLOWS = 10_000
const RUNS = 60
const TASKS = 100

const KEYWARD = 'Keyward'

type Read = { contest: Contest; base: string; atLeast: number; perSecondAtLeast?: number }

const LIST_PER_SECOND = 20_000

async function workflowReads(folder: DataFolder, plan: Plan): Promise<Read[]> {
  plan.progress('storing workflows and runs')
  await storeKeys(folder, KEYS, 'workflows', { workflows: WORKFLOWS })
  await storeRuns(folder)
  const list = { perSecondAtLeast: LIST_PER_SECOND }
  const paths = [
    `/api/v1/workflows/${newest(folder, 'workflows')}`,
    '/api/v1/runs',
    `/api/v1/runs/${newest(folder, 'runs')}`,
  ]
  const read = await againstHandWritten(folder, 'workflows', '/api/v1/workflows', plan)
  const reads: Read[] = [{ ...read, ...list }]
  for (const path of paths) reads.push(await againstHandWritten(folder, 'workflows', path, plan))
  return reads
}

async function longListRead(folder: DataFolder, plan: Plan): Promise<Read[]> {
  plan.progress(`storing ${MANY_WORKFLOWS} workflows`)
  await storeKeys(folder, KEYS, 'workflows', { workflows: MANY_WORKFLOWS })
  const read = await againstHandWritten(
    folder,
    'workflows',
    '/api/v1/workflows',
    plan,
    ` of ${MANY_WORKFLOWS}`,
  )
  return [{ ...read, perSecondAtLeast: LIST_PER_SECOND }]
}

async function workfunderReads(folder: DataFolder, plan: Plan): Promise<Read[]> {
  plan.progress('storing tasks')
  await storeKeys(folder, KEYS, 'workfunder', { tasks: TASKS })
  return [
    await againstHandWritten(folder, 'workfunder', '/v1/tasks', plan),
    await againstHandWritten(folder, 'workfunder', `/v1/tasks/${newest(folder, 'tasks')}`, plan),
    await accountRead(folder, plan),
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
  path: string,
  plan: Plan,
  stored = '',
): Promise<Read> {
  const load = manyKeys(KEYS, 'sequence', api)
  const contestants = [
    handWritten(folder, path, load),
    keywardServe(KEYWARD, FROM_SOURCE, folder, path, load),
  ]
  await refuseDifferent(contestants, api)
  const contest = await runContest(`GET ${path}${stored}`, contestants, HAND_WRITTEN, plan)
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
async function storeRuns(folder: DataFolder): Promise<void> {
  const command = (port: number) => [...FROM_SOURCE, 'serve', '--port', `${port}`, '--data', folder.path]
  const server = await startMeasured(command, { anyCore: true })
  try {
    const url = await createSmallWorkflow(server)
    for (let run = 0; run < RUNS; run++) await runSmall(url, run)
  } finally {
    await server.stop()
  }
}

function newest(folder: DataFolder, table: 'workflows' | 'runs' | 'tasks'): string {
  const db = openClient(folder.database)
  try {
    return String(db.prepare(`select id from ${table} order by created_at desc, id desc`).pluck().get())
  } finally {
    db.close()
  }
}

function toOutcome(all: readonly Read[], plan: Plan): Outcome {
  return {
    sheets: all.map(({ contest }) => contest.sheet),
    failures: all.flatMap(({ contest }) => unsuccessfulIn(contest)),
    targets: all.flatMap(targetsOf),
    skipped: plan.quick ? [{ name: `a list of ${MANY_WORKFLOWS}`, reason: 'not in the short form' }] : [],
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
