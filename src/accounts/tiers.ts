import type { Account } from './store.ts'

export type Tier = Account['tier']

/** WorkFunder's subscription tiers (workfunder/README.md, "Keys, tiers and environments"). */
export const TIERS: Readonly<Record<Tier, { requestsPerMinute: number; tasksPerMonth: number }>> = {
  free: { requestsPerMinute: 10, tasksPerMonth: 50 },
  growth: { requestsPerMinute: 100, tasksPerMonth: 500 },
  pro: { requestsPerMinute: 500, tasksPerMonth: Number.POSITIVE_INFINITY },
  enterprise: { requestsPerMinute: 2000, tasksPerMonth: Number.POSITIVE_INFINITY },
}

export function isTier(text: string): text is Tier {
  return Object.hasOwn(TIERS, text)
}

/** What `--tasks-per-month unlimited` is stored as. */
export const UNLIMITED = -1

/**
 * A window holds 4 bytes for each admitted request of the last minute, so a limit of a million may cost 4 MiB
 * a key. That is where an account's own limit ends, and why the limiter needs no coarser second mode.
 */
export const REQUESTS_PER_MINUTE_MAX = 1_000_000

type Overridable = { tier: Tier; requestsPerMinute: number | null; tasksPerMonth: number | null }

/** Limits live in the tier and the account, never in a key, so a change holds on the next request. */
export function requestsPerMinute(account: Overridable): number {
  return account.requestsPerMinute ?? TIERS[account.tier].requestsPerMinute
}

/** @returns tasks a billing month; Infinity where there is no limit. */
export function tasksPerMonth(account: Overridable): number {
  if (account.tasksPerMonth === UNLIMITED) return Number.POSITIVE_INFINITY
  return account.tasksPerMonth ?? TIERS[account.tier].tasksPerMonth
}
