/** A billing month: from `startMs`, up to and without `endMs`, in ms since the Unix epoch. */
export type BillingMonth = { startMs: number; endMs: number }

/**
 * The billing month that a moment lies in. Months begin at midnight UTC of the anchor day.
 * @param anchorDay 1 to 28, so that every month has it
 */
export function billingMonth(now: number, anchorDay: number): BillingMonth {
  const date = new Date(now)
  const begun = date.getUTCDate() >= anchorDay ? 0 : 1
  const startOf = (monthsAgo: number) =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - monthsAgo, anchorDay)
  return { startMs: startOf(begun), endMs: startOf(begun - 1) }
}
