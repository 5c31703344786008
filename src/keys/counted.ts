/** A key whose requests are counted. What counts them is held here, so that a request need not look for it. */
export type Counted = {
  readonly seq: number
  /** Requests that were admitted since the last flush, all of one hour, and the time of the latest, in ms. */
  uses: number
  lastUsedAt: number
  /** What else is to be stored of that hour; null: nothing at all is. */
  pending: PendingUses | null
  /** null, or by now of another key: it is found again by the key's seq. */
  lastHour: LastHour | null
  /** Requests since its address was last looked at. */
  unplaced: number
}

/** What a key was used in one hour and is not stored yet. */
export type PendingUses = {
  readonly seq: number
  /** Hours since the Unix epoch, in UTC. */
  readonly hour: number
  /** Where its admitted requests are counted, as long as the hour goes on. */
  key: Counted | null
  /** Afterwards: how many there were, and the time of the latest. */
  requests: number
  lastUsedAt: number
  /** Requests that were answered, in the places of OUTCOMES. */
  readonly outcomes: number[]
  readonly seen: SeenAddress[]
}

/** The last hour of a key, by the minute. */
export type LastHour = {
  seq: number
  /** The newest that is counted; minutes since the Unix epoch. */
  newest: number
  /** For each minute of the hour, in the places of OUTCOMES. */
  readonly counts: Uint32Array
}

/** Where a key came from; times in ms since the Unix epoch. */
export type SeenAddress = { address: string; firstSeenAt: number; lastSeenAt: number; requests: number }

export function createCounted(seq: number): Counted {
  return { seq, uses: 0, lastUsedAt: 0, pending: null, lastHour: null, unplaced: 0 }
}
