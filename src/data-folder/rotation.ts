import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { type Db, syncedAtOnce } from '../db/open.ts'
import { type SealedValue, sealedValues } from '../db/sealed-values.ts'
import { isSecretLost, markerNonceOf, replaceSecret, secretInUse } from '../db/secret-record.ts'
import { AppError } from '../errors.ts'
import { createSeal, type Seal } from './seal.ts'
import type { Secret } from './secret.ts'

/** `unopened`: values that the old secret does not open either; they stay as they are. */
export type Rotation = { resealed: number; unopened: number }

/**
 * Puts another secret in the place of the one in use, and seals anew all that is sealed, while the others go on
 * working. What takes time is done beforehand; then all goes over in one turn of the event loop and one transaction,
 * so that no request sees half. A crash leaves either the old secret or the new one in force, for all of it: the new
 * one is on disk before the database goes over to it, and the next start (or the next rotation) puts it into its place.
 */
export function createRotation({ db, secret, audit }: Parts) {
  let isUnderWay = false

  async function rotate(actor: Actor): Promise<Rotation> {
    if (isSecretLost(db)) {
      throw new AppError(
        'CONFLICT',
        'secret.key is not the one this data was made with: restore it, or accept the loss first (admin secret accept)',
      )
    }
    const next = secret.makeNext(secretInUse(db))
    const reseal = createReseal(secret, next)
    let unprepared = sealedValues(db)
    for (;;) {
      for (const value of unprepared) await reseal.prepare(value)
      const outcome = goOver(next, reseal, actor)
      if ('rotation' in outcome) return outcome.rotation
      unprepared = outcome.unprepared
    }
  }

  /** Goes over to the next secret, unless something was sealed since the others were prepared. */
  function goOver(
    next: Secret,
    reseal: Reseal,
    actor: Actor,
  ): { rotation: Rotation } | { unprepared: SealedValue[] } {
    // The old secret is overwritten right after it.
    const outcome = syncedAtOnce(db, () =>
      db.transaction(
        () => {
          const values = sealedValues(db)
          const unprepared = values.filter((value) => !reseal.isPrepared(value))
          if (unprepared.length > 0) return { unprepared }
          const resealed = values.filter(reseal.replace).length
          const markerNonce = markerNonceOf(db, secret.derive('secret markers').toString('hex'))
          replaceSecret(db, next.fingerprint, markerNonce)
          const rotation = { resealed, unopened: values.length - resealed }
          audit.record({
            actor,
            action: 'secret.rotate',
            subject: 'secret.key',
            before: { fingerprint: secret.fingerprint },
            after: { fingerprint: next.fingerprint, ...rotation },
          })
          return { rotation }
        },
        { behavior: 'immediate' },
      ),
    )
    // In the same turn: whoever runs next finds the database and the memory of one mind.
    if ('rotation' in outcome) takePlace(next)
    return outcome
  }

  function takePlace(next: Secret): void {
    try {
      secret.replaceBy(next)
    } catch (error) {
      const message =
        'The new secret is in force, but stands in secret.key.next, because it could not be put in the place of secret.key: leave it there; the next start does that'
      throw new AppError('UNAVAILABLE', message, [], { cause: error })
    }
  }

  return {
    /**
     * @throws CONFLICT where the present secret is not the one that the data was made with, or another rotation is
     * under way; UNAVAILABLE where the new secret is in force, but could not be put in its place on disk; else the
     * error of SQLite or the disk, and the old secret is in force.
     */
    async rotate(actor: Actor): Promise<Rotation> {
      if (isUnderWay) throw new AppError('CONFLICT', 'the secret is being replaced already')
      isUnderWay = true
      try {
        return await rotate(actor)
      } finally {
        isUnderWay = false
      }
    },
  }
}

// --- internal ---

type Parts = { db: Db; secret: Secret; audit: AuditTrail }

type Reseal = ReturnType<typeof createReseal>

/** `fresh`: null where the old secret does not open it. */
type Resealed = { sealed: Buffer; fresh: Buffer | null }

function createReseal(old: Secret, next: Secret) {
  const resealed = new Map<string, Resealed>()
  const seals = new Map<string, { from: Seal; to: Seal }>()

  function sealsFor(purpose: string) {
    const known = seals.get(purpose)
    if (known) return known
    const made = { from: createSeal(old, purpose), to: createSeal(next, purpose) }
    seals.set(purpose, made)
    return made
  }

  return {
    async prepare({ id, purpose, owner, value }: SealedValue): Promise<void> {
      const { from, to } = sealsFor(purpose)
      const text = await from.open(value, owner).catch(() => null)
      const fresh = text === null ? null : await to.seal(text, owner, (sealed) => sealed)
      resealed.set(id, { sealed: value, fresh })
    },

    isPrepared: ({ id, value }: SealedValue): boolean => resealed.get(id)?.sealed.equals(value) ?? false,

    /** @returns whether there is something to put in its place. */
    replace({ id, replace }: SealedValue): boolean {
      const fresh = resealed.get(id)?.fresh ?? null
      if (fresh !== null) replace(fresh)
      return fresh !== null
    },
  }
}
