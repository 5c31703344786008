import { eq } from 'drizzle-orm'
import type { Db } from './open.ts'
import { settings } from './schema/settings.ts'

/** Which secret the database is used with. */
const IN_USE = 'secret_fingerprint'

/** With which secret was sealed what cannot be opened now; until that is accepted, or the secret is back. */
const LOST = 'lost_secret_fingerprint'

/** What markers of secrets in the results of runs are made of, since the secret that gave it was replaced. */
const MARKER_NONCE = 'secret_marker_nonce'

/** @returns the fingerprint of the secret that this database is used with; null for a new one. */
export function secretInUse(db: Db): string | null {
  return read(db, IN_USE)
}

/**
 * Tells the database with which secret it is opened.
 * @returns whether another secret is lost, which somebody has to accept or to restore.
 */
export function adoptSecret(db: Db, fingerprint: string): boolean {
  return db.transaction(
    () => {
      const known = read(db, IN_USE)
      if (known !== fingerprint) {
        write(db, IN_USE, fingerprint)
        if (known !== null && read(db, LOST) === null) write(db, LOST, known)
      }
      if (read(db, LOST) === fingerprint) forgetLoss(db)
      return isSecretLost(db)
    },
    { behavior: 'immediate' },
  )
}

export function isSecretLost(db: Db): boolean {
  return read(db, LOST) !== null
}

/** From now on the secret that is in use is the right one. @returns whether another one was missed. */
export function acceptSecret(db: Db): boolean {
  return forgetLoss(db)
}

/** Goes over to another secret, under which all that was sealed has been sealed anew. In the caller's transaction. */
export function replaceSecret(db: Db, fingerprint: string, markerNonce: string): void {
  write(db, IN_USE, fingerprint)
  write(db, MARKER_NONCE, markerNonce)
}

/** @param derived what it is while the first secret is in use */
export function markerNonceOf(db: Db, derived: string): string {
  return read(db, MARKER_NONCE) ?? derived
}

// --- internal ---

function read(db: Db, name: string): string | null {
  return db.select().from(settings).where(eq(settings.name, name)).get()?.value ?? null
}

function write(db: Db, name: string, value: string): void {
  db.insert(settings)
    .values({ name, value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })
    .run()
}

function forgetLoss(db: Db): boolean {
  return db.delete(settings).where(eq(settings.name, LOST)).run().changes > 0
}
