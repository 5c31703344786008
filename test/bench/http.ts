import type { DataFolder } from '../../src/data-folder/folder.ts'
import { ratioIn, runContest, unsuccessfulIn } from './contest.ts'
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

/** Endpoints that are measured as they are served. One line more for each API that comes. */
const ENDPOINTS = ['/api/v1/workflows']

export const http: Suite = {
  name: 'http',
  about: 'an authenticated, limited GET against bare Elysia',
  run: async (plan) =>
    hasWrk() ? withStoredKeys(plan) : { sheets: [], skipped: [{ name: 'http', reason: WRK_MISSING }] },
}

// --- internal ---

async function withStoredKeys(plan: Plan): Promise<Outcome> {
  return withDataFolder((source) =>
    withDataFolder(async (built) => {
      plan.progress(`storing ${KEYS} keys`)
      for (const folder of [source, built]) await storeKeys(folder, KEYS)
      const contests = [await oneKeyContest(source, plan)]
      if (!plan.quick)
        contests.push(await manyKeysContest(source, plan), ...(await servedContests(source, built, plan)))
      return {
        sheets: contests.map(({ sheet }) => sheet),
        failures: contests.flatMap(unsuccessfulIn),
        targets: contests.slice(0, 2).map((contest) => ({
          name: `${contest.sheet.title}: Keyward against bare Elysia`,
          measured: ratioIn(contest, KEYWARD_PROBE, BARE_ELYSIA),
          unit: '×',
          atLeast: 0.7,
        })),
      }
    }),
  )
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

async function servedContests(source: DataFolder, built: DataFolder, plan: Plan) {
  const load = manyKeys(KEYS)
  const binary = await executable(plan.progress)
  const contests = []
  for (const path of ENDPOINTS) {
    const contestants = [
      bareElysia(load),
      keywardServe('Keyward from source', FROM_SOURCE, source, path, load),
      keywardServe('Keyward, executable', [binary], built, path, load),
    ]
    contests.push(await runContest(`GET ${path}, ${KEYS} keys in turn`, contestants, BARE_ELYSIA, plan))
  }
  return contests
}
