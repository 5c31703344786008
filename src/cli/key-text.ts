import type { KeyView } from '../admin/key-view.ts'
import { SCOPES } from '../keys/scopes.ts'
import { readableTime } from './terminal.ts'

/** Both vendors' pages advise a new key every 90 days; from 75 on there is time to plan it. */
const ROTATE_DAYS = 90
const PLAN_DAYS = 75

export function accessOf({ environment, scopes }: Pick<KeyView, 'environment' | 'scopes'>): string {
  if (environment !== null) return environment
  return scopes.length === SCOPES.length ? 'all scopes' : scopes.join(',')
}

export function statusText({
  status,
  revokedAt,
  disabledAt,
  previousPrefix,
  previousEndsAt,
}: KeyView): string {
  if (status === 'revoked') return `revoked ${readableTime(revokedAt, '')}`
  if (status === 'disabled') return `disabled ${readableTime(disabledAt, '')}`
  return status === 'rotating' ? `${previousPrefix}… until ${readableTime(previousEndsAt, '')}` : status
}

/** How old a key's secret is, and whether it is time for a new one. */
export function ageText({ ageDays, status }: KeyView): string {
  const isGood = status === 'active' || status === 'rotating'
  if (!isGood || ageDays < PLAN_DAYS) return `${ageDays}d`
  return ageDays < ROTATE_DAYS ? `${ageDays}d, rotate soon` : `${ageDays}d, rotate now`
}

export function keyTitle({ api, name, prefix }: KeyView): string {
  return `${api} key "${name}" (${prefix}…)`
}
