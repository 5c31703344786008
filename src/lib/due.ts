/** Something that comes due: when, in ms since the Unix epoch, and the id of what it happens to. */
export type Due = { at: number; id: string }

/** One kind of what comes due by the clock, one by one: for whoever drives the clock. */
export type DueSource = {
  /** The first that will come due, or is; of equal times, the one whose id comes first. null: none will. */
  next(): Due | null
  /** Lets the first one happen, and nothing else. It must be due. */
  take(): void | Promise<void>
}
