import type { Actor } from '../audit/actor.ts'
import type { Clock } from '../clock.ts'
import { AppError, refuseInvalid } from '../errors.ts'
import { DAY_MS } from '../lib/duration.ts'
import type { Problem } from '../lib/problem.ts'
import { expiryProblems } from './expiry.ts'
import type { ReadGood } from './holder.ts'
import { isOverlapping, statusOf } from './key-status.ts'
import type { LiveKey } from './live-key.ts'
import type { MakeSecret, NewSecret } from './new-secret.ts'
import type { RecordedChange } from './recorded-change.ts'
import type { KeyRecord, KeyStore } from './store.ts'

export type RotationInput = {
  /** How long the secret that is replaced goes on, in ms; 0: not at all. Never beyond the key's expiry. */
  overlapMs: number
  /** ms since the Unix epoch; null: never; left out: as it was. */
  expiresAt?: number | null
}

/** What of a key a rotation has changed besides its secrets; for taking it back. */
export type BeforeRotation = Pick<KeyRecord, 'expiresAt' | 'rotatedAt'>

/** As long as a key should live before it is rotated, by both vendors' advice: longer, and nothing is ever replaced. */
export const OVERLAP_MAX_MS = 90 * DAY_MS

type Parts = {
  store: KeyStore
  clock: Clock
  makeSecret: MakeSecret
  readGood: ReadGood
  find: (id: string) => KeyRecord
  recordedChange: RecordedChange
  /** Told of a key whose secrets have changed, in the same turn of the event loop. */
  onChange: (before: KeyRecord) => void
}

/**
 * Replaces a key's secret, while its id, name, scopes, usage and windows stay. A key has two secrets at most: a
 * rotation while the previous one goes on ends that one at once.
 */
export function createRotation(parts: Parts) {
  const { store, clock, makeSecret, readGood, find, recordedChange, onChange } = parts

  /** @returns the key as it is before its rotation. */
  function refuse(id: string, holder: LiveKey | null): KeyRecord {
    const key = find(id)
    if (holder) refuseToOutlive(readGood(holder), key)
    const status = statusOf(key, clock.now())
    if (status !== 'active' && status !== 'rotating') {
      throw new AppError('INVALID_STATE', `The API key is ${status} and cannot be rotated`)
    }
    return key
  }

  function replaceSecret(key: KeyRecord, { token: _, ...secret }: NewSecret, input: RotationInput): void {
    const now = clock.now()
    const { overlapMs, expiresAt = key.expiresAt } = input
    const endsAt = Math.min(
      now + overlapMs,
      key.expiresAt ?? Number.POSITIVE_INFINITY,
      expiresAt ?? Number.POSITIVE_INFINITY,
    )
    // What ends at once has no time to end at, which a clock that is set back would come to again.
    const previousEndsAt = overlapMs > 0 ? endsAt : null
    store.replaceSecret(key.id, { ...secret, expiresAt, rotatedAt: now, previousEndsAt })
  }

  return {
    /**
     * In force, in memory and on disk, before this settles.
     * @param holder the key that asks for it over HTTP, which must still be good when it is stored; null: the operator
     * does.
     * @returns the key with its new secret, and what it was before.
     * @throws NOT_FOUND; INVALID_INPUT for an overlap or expiry that is not allowed; INVALID_STATE unless the key is good; with a
     * holder also FORBIDDEN where the key outlives it, what `ReadGood` says, and UNAVAILABLE as `MakeSecret`.
     */
    async rotate(id: string, input: RotationInput, holder: LiveKey | null, actor: Actor) {
      refuseInvalid([
        ...overlapProblems(input.overlapMs),
        ...expiryProblems(input.expiresAt ?? null, clock.now()),
      ])
      // Also before bcrypt, which is 50 ms of work.
      const secret = await makeSecret(refuse(id, holder), holder)
      const before = store.atomically(() => {
        const key = refuse(id, holder)
        recordedChange({ id, action: 'keys.rotate', actor }, () => replaceSecret(key, secret, input))
        return key
      })
      onChange(before)
      return { ...find(id), token: secret.token, before }
    },

    /**
     * Takes back a rotation whose new secret reached nobody: the secret before it goes on alone, as it was.
     * @param prefix of the secret that is to end
     * @throws NOT_FOUND; CONFLICT where that is not the key's secret any more
     */
    undoRotation(id: string, prefix: string, before: BeforeRotation, actor: Actor): KeyRecord {
      const key = find(id)
      recordedChange({ id, action: 'keys.undoRotation', actor }, () => {
        if (store.restoreSecret(id, prefix, before)) return
        throw new AppError('CONFLICT', 'The API key was rotated once more meanwhile')
      })
      onChange(key)
      return find(id)
    },

    /** Ends the previous secret now. In force when this returns. @throws NOT_FOUND; INVALID_STATE where none goes on */
    endOverlap(id: string, actor: Actor): KeyRecord {
      const key = find(id)
      if (!isOverlapping(key, clock.now())) {
        throw new AppError('INVALID_STATE', 'The API key has no previous secret that goes on')
      }
      recordedChange({ id, action: 'keys.endOverlap', actor }, () => store.endOverlap(id))
      onChange(key)
      return find(id)
    },
  }
}

// --- internal ---

function overlapProblems(overlapMs: number): Problem[] {
  if (Number.isSafeInteger(overlapMs) && overlapMs >= 0 && overlapMs <= OVERLAP_MAX_MS) return []
  return [{ field: 'overlap', message: 'must lie between 0 and 90 days' }]
}

/** A holder that expires first would live on in the other's new secret, like one that makes a key without end. */
function refuseToOutlive(holder: KeyRecord, key: KeyRecord): void {
  if (holder.id === key.id || holder.expiresAt === null) return
  if (key.expiresAt === null || key.expiresAt > holder.expiresAt) {
    throw new AppError('FORBIDDEN', 'A key may not rotate one that expires later than itself')
  }
}
