import type { Clock } from '../clock.ts'
import { isOverlapping, statusOf } from '../keys/key-status.ts'
import { bitsToScopes } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import { DAY_MS } from '../lib/duration.ts'
import { isoTime } from '../lib/instant.ts'

/** A key as the operator sees it; never what proves it. */
export type KeyView = ReturnType<typeof keyView>

export function keyView(key: KeyRecord, clock: Clock) {
  const now = clock.now()
  const isRotating = isOverlapping(key, now)
  return {
    id: key.id,
    api: key.api,
    environment: key.environment,
    accountId: key.accountId,
    /** The id of the key that made it over HTTP; null: the operator did. */
    madeBy: key.madeBy,
    name: key.name,
    prefix: key.prefix,
    scopes: bitsToScopes(key.scopes),
    status: statusOf(key, now),
    /** Of its secret, in whole days. */
    ageDays: Math.max(0, Math.floor((now - (key.rotatedAt ?? key.createdAt)) / DAY_MS)),
    createdAt: isoTime(key.createdAt),
    lastUsedAt: isoTime(key.lastUsedAt),
    expiresAt: isoTime(key.expiresAt),
    revokedAt: isoTime(key.revokedAt),
    disabledAt: isoTime(key.disabledAt),
    /** When its secret was last replaced; null: it has the one that it was made with. */
    rotatedAt: isoTime(key.rotatedAt),
    /** The old secret that goes on, and until when; null: there is none. */
    previousPrefix: isRotating ? key.previousPrefix : null,
    previousEndsAt: isRotating ? isoTime(key.previousEndsAt) : null,
  }
}
