import { type DataFolder, holdsData, prepareFolder, tightenFiles } from '../data-folder/folder.ts'
import { folderFailure } from '../data-folder/folder-failure.ts'
import { createSeal, type Seal } from '../data-folder/seal.ts'
import { finishRotation, openSecret, type Secret, writeNextSecret } from '../data-folder/secret.ts'
import { COMMAND_WAIT_MS, type Db, openDatabase } from '../db/open.ts'
import { type SealedValue, sealedValues } from '../db/sealed-values.ts'
import { adoptSecret, markerNonceOf, replaceSecret, secretInUse } from '../db/secret-record.ts'
import { AppError } from '../errors.ts'
import { lockOrServer } from './connect.ts'

/** `unopened`: values that the old secret does not open either; they stay as they are. */
export type Rotation = { resealed: number; unopened: number }

/** As long as any other command waits for a process that holds the folder. */
const PATIENCE_MS = 5000

/**
 * Gives the data folder a new secret.key, and seals anew all that was sealed under the old one. A crash leaves
 * either the old secret or the new one in force, for all of it: the new secret is on disk before the database goes
 * over to it in one transaction, and the next start (or the next rotation) puts it into its place.
 * @throws NOT_FOUND where there is no data; CONFLICT while a server runs, which has the old secret in memory, and
 * where the present secret is not the one that the data was made with.
 */
export async function rotateSecret(folder: DataFolder): Promise<Rotation> {
  try {
    return await rotateAlone(folder)
  } catch (error) {
    throw folderFailure(error, folder) ?? error
  }
}

// --- internal ---

async function rotateAlone(folder: DataFolder): Promise<Rotation> {
  if (!holdsData(folder)) throw new AppError('NOT_FOUND', `there is no Keyward data in ${folder.path}`)
  const owner = await lockOrServer(folder, PATIENCE_MS)
  if (owner === 'server' || owner === null) {
    throw new AppError('CONFLICT', 'stop the server first: it works with the secret that is to be replaced')
  }
  try {
    prepareFolder(folder)
    const db = openDatabase(folder.database, COMMAND_WAIT_MS)
    try {
      return await rotate(folder, db)
    } finally {
      db.$client.close()
    }
  } finally {
    owner.release()
  }
}

type Resealed = { sealed: SealedValue; fresh: Buffer | null }

async function rotate(folder: DataFolder, db: Db): Promise<Rotation> {
  const old = openSecret(folder, secretInUse(db))
  if (adoptSecret(db, old.fingerprint)) {
    throw new AppError(
      'CONFLICT',
      'secret.key is not the one this data was made with: restore it, or accept the loss first, with: keyward admin secret accept',
    )
  }
  tightenFiles(folder)
  const next = writeNextSecret(folder)
  const values = await resealAll(sealedValues(db), old, next)
  const markerNonce = markerNonceOf(db, old.derive('secret markers').toString('hex'))
  db.transaction(
    () => {
      for (const { sealed, fresh } of values) if (fresh) sealed.replace(fresh)
      replaceSecret(db, next.fingerprint, markerNonce)
    },
    { behavior: 'immediate' },
  )
  finishRotation(folder)
  const unopened = values.filter(({ fresh }) => fresh === null).length
  return { resealed: values.length - unopened, unopened }
}

async function resealAll(values: readonly SealedValue[], old: Secret, next: Secret): Promise<Resealed[]> {
  const seals = new Map<string, { from: Seal; to: Seal }>()
  function sealsFor(purpose: string) {
    const known = seals.get(purpose)
    if (known) return known
    const made = { from: createSeal(old.derive(purpose)), to: createSeal(next.derive(purpose)) }
    seals.set(purpose, made)
    return made
  }
  const resealed: Resealed[] = []
  for (const sealed of values) {
    const { from, to } = sealsFor(sealed.purpose)
    const text = await from.open(sealed.value, sealed.owner).catch(() => null)
    resealed.push({ sealed, fresh: text === null ? null : await to.seal(text, sealed.owner) })
  }
  return resealed
}
