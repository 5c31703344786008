/** How a suspended step ended: its time came, or somebody decided. */
export type WaitAnswer = { at: number; decision?: Decision }

export type Decision = { approved: boolean; by: string | null; comment: string | null }

/** What approvers are shown. */
export type ApprovalRequest = {
  title: string | null
  description: string | null
  approvers: string[]
  context: unknown
}

const WAIT_DAYS_MAX = 365

/** The longest that a step waits, in words and in ms. */
export const WAIT_MAX = `${WAIT_DAYS_MAX} days`
export const WAIT_MS_MAX = WAIT_DAYS_MAX * 86_400_000
