export const SECOND_MS = 1000

export const MINUTE_MS = 60 * SECOND_MS

export const HOUR_MS = 3_600_000

/** 24 hours: of UTC, where no clock changes. */
export const DAY_MS = 24 * HOUR_MS
