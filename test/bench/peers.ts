import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DataFolder } from '../../src/data-folder/folder.ts'
import { runContest, unsuccessfulIn } from './contest.ts'
import { KEYWARD_PROBE, keywardProbe, oneKey } from './contestants.ts'
import { PEER_LIST, type Peer } from './peer-contestants.ts'
import { installPeers, PEERS } from './peer-packages.ts'
import { withDataFolder } from './scratch.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Sheet, Skip, Suite } from './suite.ts'
import { hasWrk, WRK_MISSING } from './wrk.ts'

export const peers: Suite = {
  name: 'peers',
  about: 'the same job, as far as each can, by other means',
  async run(plan) {
    if (!hasWrk()) return { sheets: [], skipped: [{ name: 'peers', reason: WRK_MISSING }] }
    const problem = await installPeers(plan.progress)
    return withDataFolder((folder) => contestOfPeers(folder, problem, plan))
  },
}

// --- internal ---

const KEYS = 10_000

async function contestOfPeers(folder: DataFolder, problem: string | null, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, KEYS)
  const present: Peer[] = []
  const skipped: Skip[] = []
  for (const peer of PEER_LIST) {
    const reason = whyAbsent(peer, problem)
    if (reason === null) present.push(peer)
    else skipped.push({ name: peer.name, reason })
  }
  const contestants = present.map((peer, index) => {
    const own = join(folder.path, `peer-${index}`)
    mkdirSync(own)
    return peer.contestant(own)
  })
  const ours = keywardProbe(folder, oneKey())
  const contest = await runContest('One key, the same body', [ours, ...contestants], KEYWARD_PROBE, plan)
  return { sheets: [contest.sheet, whatTheyDo(present)], failures: unsuccessfulIn(contest), skipped }
}

function whyAbsent({ needs, isPackage }: Peer, problem: string | null): string | null {
  if (Bun.which(needs.program) === null) return `${needs.program} is not installed (${needs.install})`
  return isPackage ? problem : null
}

function whatTheyDo(present: readonly Peer[]): Sheet {
  const keyward = {
    name: KEYWARD_PROBE,
    keyCheck: 'SHA-256, map of 100,000 keys, revoked at once',
    limit: 'exact log of the last 60 s',
  }
  return {
    title: 'What each of them does for it',
    columns: [
      { key: 'name', head: '' },
      { key: 'keyCheck', head: 'key' },
      { key: 'limit', head: 'limit' },
    ],
    rows: [keyward, ...present.map(({ name, keyCheck, limit }) => ({ name, keyCheck, limit }))],
    notes: [
      `All in production mode, limits out of reach, one process on one core. Their set-ups stand in ${PEERS}.`,
    ],
  }
}
