/** What the executions of a run have recorded so far. */
export type RecordHistory = {
  /** All records, those that a crash cut off included. */
  rows: number
  /** The names under which nothing more is recorded: it is done, or waits. */
  names: ReadonlySet<string>
}
