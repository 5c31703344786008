import type { DataFolder } from '../../src/data-folder/folder.ts'
import type { Api } from '../../src/keys/token.ts'
import { type Contest, ratioIn, runContest, unsuccessfulIn } from './contest.ts'
import {
  BARE_ELYSIA,
  bareBun,
  bareElysia,
  FROM_SOURCE,
  KEYWARD_PROBE,
  keywardProbe,
  keywardServe,
  manyKeys,
  oneKey,
} from './contestants.ts'
import { executable } from './executable.ts'
import { withDataFolder } from './scratch.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Suite } from './suite.ts'
import { hasWrk, WRK_MISSING } from './wrk.ts'

/** So many that the documented 1,000 a minute of each key last at 160,000 requests/s. */
const KEYS = 10_000

type Served = {
  api: Api
  method: 'GET' | 'POST'
  path: string
  /** JSON, of a POST. */
  body?: string
  /** How many workflows the account has. */
  workflows?: number
}

const TASK = JSON.stringify({
  title: 'Photograph the storefront',
  description: 'Three pictures',
  category: 'photography',
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
  budget_cents: 5000,
})

/** What is measured as it is served, with everything that a client gets. */
const ENDPOINTS: readonly Served[] = [
  { api: 'workflows', method: 'GET', path: '/api/v1/workflows', workflows: 50 },
  { api: 'workflows', method: 'GET', path: '/api/v1/workflows', workflows: 10_000 },
  { api: 'workfunder', method: 'GET', path: '/v1/account' },
  { api: 'workfunder', method: 'POST', path: '/v1/tasks', body: TASK },
]

export const http: Suite = {
  name: 'http',
  about: 'an authenticated, limited GET against bare Elysia',
  run: async (plan) =>
    hasWrk() ? allContests(plan) : { sheets: [], skipped: [{ name: 'http', reason: WRK_MISSING }] },
}

// --- internal ---

async function allContests(plan: Plan): Promise<Outcome> {
  const probes = await withDataFolder((folder) => probeContests(folder, plan))
  const served: Contest[] = []
  for (const endpoint of plan.quick ? [] : ENDPOINTS) served.push(await servedContest(endpoint, plan))
  const contests = [...probes.map(({ contest }) => contest), ...served]
  return {
    sheets: contests.map(({ sheet }) => sheet),
    failures: contests.flatMap(unsuccessfulIn),
    targets: probes.map(({ contest, atLeast }) => ({
      name: `${contest.sheet.title}: Keyward against bare Elysia`,
      measured: ratioIn(contest, KEYWARD_PROBE, BARE_ELYSIA),
      unit: '×',
      atLeast,
    })),
    skipped: plan.quick ? [{ name: 'many keys and served endpoints', reason: 'not in the short form' }] : [],
  }
}

/** @returns each with the least that its ratio to bare Elysia should be. */
async function probeContests(
  folder: DataFolder,
  plan: Plan,
): Promise<{ contest: Contest; atLeast: number }[]> {
  plan.progress(`storing ${KEYS} keys`)
  await storeKeys(folder, KEYS)
  const contests = [{ contest: await oneKeyContest(folder, plan), atLeast: 0.82 }]
  if (!plan.quick) contests.push({ contest: await manyKeysContest(folder, plan), atLeast: 0.8 })
  return contests
}

function oneKeyContest(folder: DataFolder, plan: Plan) {
  const load = oneKey()
  const contestants = [bareElysia(load), bareBun(load), keywardProbe(folder, load)]
  return runContest('One key', contestants, BARE_ELYSIA, plan)
}

function manyKeysContest(folder: DataFolder, plan: Plan) {
  const load = manyKeys(KEYS)
  const contestants = [bareElysia(load), keywardProbe(folder, load, { limits: 'documented' })]
  return runContest(`${KEYS} keys in turn`, contestants, BARE_ELYSIA, plan)
}

/** The same keys in two data folders, because each has one owner at a time. */
async function servedContest({ api, method, path, body, workflows }: Served, plan: Plan): Promise<Contest> {
  const binary = await executable(plan.progress)
  const request = { LOAD_METHOD: method, ...(body !== undefined && { LOAD_BODY: body }) }
  const keys = manyKeys(KEYS, 'sequence', api)
  const load = { ...keys, script: { ...keys.script, ...request } }
  return withDataFolder((source) =>
    withDataFolder(async (built) => {
      for (const folder of [source, built]) await storeKeys(folder, KEYS, api, { workflows })
      const contestants = [
        bareElysia(keys),
        keywardServe('Keyward from source', FROM_SOURCE, source, path, load),
        keywardServe('Keyward, executable', [binary], built, path, load),
      ]
      const stored = workflows === undefined ? '' : ` of ${workflows} stored`
      return runContest(`${method} ${path}${stored}, ${KEYS} keys in turn`, contestants, BARE_ELYSIA, plan)
    }),
  )
}
