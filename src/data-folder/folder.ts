import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError } from '../errors.ts'

/** Where everything of one Keyward stands; all paths are absolute. */
export type DataFolder = {
  path: string
  database: string
  secret: string
  /** The secret that a rotation is about to put in its place. */
  nextSecret: string
  socket: string
  lock: string
  devEnv: string
  /** There while dev.env is being made: a start that was cut off over it left it half or not at all. */
  devEnvDue: string
  /** A folder: the files that workers handed in. */
  proofs: string
  /** What the steps of runs have done; the engine's own database. */
  runs: string
  /** A folder: one of other data for each snapshot (dev/README.md). */
  snapshots: string
  /** A folder: data that is about to take the place of what is here (incoming.ts). */
  incoming: string
}

/** Where all that the program keeps stands; the secret that it is kept with is another matter. */
export type DataFiles = Pick<DataFolder, 'database' | 'runs' | 'proofs'>

export function dataFolder(path: string): DataFolder {
  const root = resolve(path)
  return {
    path: root,
    ...dataFilesIn(root),
    secret: join(root, 'secret.key'),
    nextSecret: join(root, 'secret.key.next'),
    socket: join(root, 'admin.sock'),
    lock: join(root, 'owner.lock'),
    devEnv: join(root, 'dev.env'),
    devEnvDue: join(root, 'dev.env.due'),
    snapshots: join(root, 'snapshots'),
    incoming: join(root, 'incoming'),
  }
}

export function dataFilesIn(path: string): DataFiles {
  return { database: join(path, 'keyward.db'), runs: join(path, 'runs.db'), proofs: join(path, 'proofs') }
}

/**
 * @returns whether a Keyward has kept data here before.
 * @throws Node's EACCES or ENAMETOOLONG where that cannot be seen.
 */
export function holdsData(folder: DataFolder): boolean {
  if (!statSync(folder.path, { throwIfNoEntry: false })) return false
  accessSync(folder.path, constants.X_OK)
  return existsSync(folder.database)
}

/**
 * Makes the folder where there is none, and sees to it that it and what this process writes from now on is its
 * owner's alone (mode 0700).
 * @returns whether it had to be made.
 * @throws Node's file system error (EACCES, ENOTDIR, EROFS …); CONFLICT for a folder that is open to others and
 * not ours to close, such as /tmp or somebody's home.
 */
export function prepareFolder(folder: DataFolder): boolean {
  process.umask(0o077)
  const isMade = mkdirSync(folder.path, { recursive: true, mode: 0o700 }) !== undefined
  const { mode, uid } = statSync(folder.path)
  if ((mode & 0o077) === 0) return isMade
  const mayClose = [uid, ROOT].includes(process.getuid?.() ?? uid)
  if (!mayClose || !(holdsData(folder) || isEmpty(folder))) {
    throw new AppError(
      'CONFLICT',
      `${folder.path} is open to other users (mode ${(mode & 0o777).toString(8)}) and is not Keyward’s alone: choose a folder in it with --data, or chmod 700 it`,
    )
  }
  chmodSync(folder.path, 0o700)
  return isMade
}

/** Takes back rights that a backup or a copy gave away: the databases and the secret are mode 0600. */
export function tightenFiles(folder: DataFolder): void {
  for (const file of [folder.database, folder.runs, folder.secret, folder.nextSecret]) {
    if (existsSync(file)) chmodSync(file, 0o600)
  }
}

// --- internal ---

const ROOT = 0

/** A disk of its own has a lost+found; a start that was refused leaves a lock. */
const OF_NOBODY = ['lost+found', 'owner.lock']

function isEmpty({ path }: DataFolder): boolean {
  return readdirSync(path).every((name) => OF_NOBODY.includes(name))
}
