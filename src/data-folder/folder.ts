import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

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
  /** A folder: the files that workers handed in. */
  proofs: string
  /** What the steps of runs have done; the engine's own database. */
  runs: string
}

export function dataFolder(path: string): DataFolder {
  const root = resolve(path)
  return {
    path: root,
    database: join(root, 'keyward.db'),
    secret: join(root, 'secret.key'),
    nextSecret: join(root, 'secret.key.next'),
    socket: join(root, 'admin.sock'),
    lock: join(root, 'owner.lock'),
    devEnv: join(root, 'dev.env'),
    proofs: join(root, 'proofs'),
    runs: join(root, 'runs.db'),
  }
}

/** @returns whether a Keyward has kept data here before. */
export function holdsData(folder: DataFolder): boolean {
  return existsSync(folder.database)
}

/**
 * Makes the folder where there is none (mode 0700), and sees to it that what this process writes from now on
 * is its owner's alone.
 * @throws Node's file system error (EACCES, ENOTDIR, EROFS …).
 */
export function prepareFolder(folder: DataFolder): void {
  process.umask(0o077)
  mkdirSync(folder.path, { recursive: true, mode: 0o700 })
}

/** Takes back rights that a backup or a copy gave away: the databases and the secret are mode 0600. */
export function tightenFiles(folder: DataFolder): void {
  for (const file of [folder.database, folder.runs, folder.secret, folder.nextSecret]) {
    if (existsSync(file)) chmodSync(file, 0o600)
  }
}
