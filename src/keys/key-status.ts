export const KEY_STATUSES = ['active', 'expired', 'revoked'] as const

/** How a key stands, apart from its account. A revoked key stays revoked when its time is over too. */
export type KeyStatus = (typeof KEY_STATUSES)[number]

/** @param now ms since the Unix epoch */
export function statusOf({ revokedAt, expiresAt }: Lifetime, now: number): KeyStatus {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}

// --- internal ---

type Lifetime = { revokedAt: number | null; expiresAt: number | null }
