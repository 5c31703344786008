import { stopwatchMs } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import type { Runs } from '../workflows/runs/runs.ts'
import type { Family } from './exposition.ts'

type Parts = { keys: Pick<Keys, 'countByStatus'>; runs: Pick<Runs, 'countByStatus'> }

/** A count stands for so many times as long as it took, so that counting a million keys is a hundredth of a core at most. */
const GOOD_FOR = 100

/** @returns the keys and runs that there are, counted when somebody asks; of a large database it may be a minute old. */
export function createStock({ keys, runs }: Parts): () => Promise<Family[]> {
  let latest: Promise<Family[]> | null = null
  let goodUntilMs = 0

  async function count(): Promise<Family[]> {
    const startedMs = stopwatchMs()
    const families = [keyFamily(await keys.countByStatus()), runFamily(await runs.countByStatus())]
    const endedMs = stopwatchMs()
    goodUntilMs = endedMs + GOOD_FOR * (endedMs - startedMs)
    return families
  }

  return () => {
    if (latest !== null && stopwatchMs() < goodUntilMs) return latest
    // Until it is there, all who ask wait for the same.
    goodUntilMs = Number.POSITIVE_INFINITY
    latest = count().catch((error) => {
      goodUntilMs = 0
      throw error
    })
    return latest
  }
}

// --- internal ---

function keyFamily(counts: Awaited<ReturnType<Keys['countByStatus']>>): Family {
  return {
    name: 'keyward_keys',
    help: 'Keys by API and how they stand.',
    type: 'gauge',
    samples: counts.map(({ api, status, keys }) => ({ labels: { api, state: status }, value: keys })),
  }
}

function runFamily(counts: Awaited<ReturnType<Runs['countByStatus']>>): Family {
  return {
    name: 'keyward_runs',
    help: 'Runs of workflows that are kept, by status.',
    type: 'gauge',
    samples: counts.map(({ status, runs }) => ({ labels: { status }, value: runs })),
  }
}
