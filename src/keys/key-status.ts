import type { KeyRow } from './store.ts'

export const KEY_STATUSES = ['active', 'rotating', 'disabled', 'expired', 'revoked'] as const

/** How a key stands; `rotating`: it is good, and so is its previous secret. Its account is not asked. */
export type KeyStatus = (typeof KEY_STATUSES)[number]

type Standing = Pick<KeyRow, 'revokedAt' | 'expiresAt' | 'disabledAt' | 'previousEndsAt'>

/** @param now ms since the Unix epoch. What cannot be undone is told first. */
export function statusOf(key: Standing, now: number): KeyStatus {
  if (key.revokedAt !== null) return 'revoked'
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired'
  if (key.disabledAt !== null) return 'disabled'
  return isOverlapping(key, now) ? 'rotating' : 'active'
}

/** @returns whether the previous secret goes on. */
export function isOverlapping({ previousEndsAt }: Pick<KeyRow, 'previousEndsAt'>, now: number): boolean {
  return previousEndsAt !== null && now < previousEndsAt
}
