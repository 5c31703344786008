/** A key whose requests are counted. What counts them is held here, so that a request need not look for it. */
export type Counted = {
  readonly seq: number
  /** Where it was counted last; null, or by now stored or of another hour: it is found again by the key's seq. */
  page: UsagePage | null
  /** null, or by now of another key: it is found again by the key's seq. */
  lastHour: LastHour | null
  /** Requests since its address was last looked at. */
  unplaced: number
}

/** What neighbouring keys were used in one hour (usage-pages.ts). */
export type UsagePage = {
  /** Hours since the Unix epoch, in UTC; -1: it is stored, and no page any more. */
  hour: number
  /** For each key its requests, when in the hour the latest was, in ms, and its outcomes. */
  counts: Uint32Array
  /** The same keys in another hour, which was begun before. */
  other: UsagePage | null
}

/** The last hour of a key, by the minute. */
export type LastHour = {
  seq: number
  /** The newest that is counted; minutes since the Unix epoch. */
  newest: number
  /** For each minute of the hour, in the places of OUTCOMES; beside other keys'. */
  readonly counts: Uint32Array
  /** Where this key's begin in each minute. */
  readonly from: number
}

export function createCounted(seq: number): Counted {
  return { seq, page: null, lastHour: null, unplaced: 0 }
}
