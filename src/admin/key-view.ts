import type { Clock } from '../clock.ts'
import { statusOf } from '../keys/key-status.ts'
import { bitsToScopes } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import { DAY_MS } from '../lib/duration.ts'
import { isoTime } from '../lib/instant.ts'

/** A key as the operator sees it; never what proves it. */
export type KeyView = ReturnType<typeof keyView>

export function keyView(key: KeyRecord, clock: Clock) {
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
    status: statusOf(key, clock.now()),
    /** Whole days since it was made. */
    ageDays: Math.max(0, Math.floor((clock.now() - key.createdAt) / DAY_MS)),
    createdAt: isoTime(key.createdAt),
    lastUsedAt: isoTime(key.lastUsedAt),
    expiresAt: isoTime(key.expiresAt),
    revokedAt: isoTime(key.revokedAt),
  }
}
