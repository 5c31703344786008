/** Names one execution: a run is executed anew by each retry. */
export type Execution = { runId: string; attempt: number }
