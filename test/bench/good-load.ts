import { manyKeys } from './contestants.ts'
import type { MeasuredServer } from './measured-server.ts'
import type { Load } from './wrk.ts'

/** Stored keys that take turns: enough that no limit is met. */
export const KEYS = 10_000

/** 500 requests/s with good keys, so that a round of four seconds has twenty beyond its p99. */
export const GOOD_LOAD: Omit<Load, 'url'> = paced(manyKeys(KEYS), 4, 8)

/** Where a key check is most of the work: the account's few workflows are listed. */
export function atGoodPath(server: MeasuredServer, load: Omit<Load, 'url'>): Load {
  return { ...load, url: `${server.url}/api/v1/workflows` }
}

// --- internal ---

function paced(load: Omit<Load, 'url'>, connections: number, pauseMs: number): Omit<Load, 'url'> {
  return { ...load, connections, script: { ...load.script, LOAD_PAUSE_MS: `${pauseMs}` } }
}
