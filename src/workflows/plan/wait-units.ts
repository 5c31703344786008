/** What the duration of a wait may count, in ms. A day is 24 hours. */
export const WAIT_UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['milliseconds', 1],
  ['seconds', 1000],
  ['minutes', 60_000],
  ['hours', 3_600_000],
  ['days', 86_400_000],
])

/** The longest that a step waits: 365 days. */
export const WAIT_MS_MAX = 365 * 86_400_000
