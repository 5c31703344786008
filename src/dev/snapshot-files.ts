import { constants } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DataFiles, type DataFolder, dataFilesIn } from '../data-folder/folder.ts'
import { AppError, invalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'

export type Snapshot = { name: string; savedAt: string; bytes: number }

/** What the folder held at first: a snapshot that no list shows, and no name reaches. */
export const START = '.start'

/**
 * Snapshots of a data folder, each a folder of its own in snapshots/. One that takes the place of another gets the next number
 * (`name@2`), and the highest counts: whenever a process dies, the one before is there, or the new one.
 */
export function createSnapshotFiles({ snapshots, proofs }: Pick<DataFolder, 'snapshots' | 'proofs'>) {
  async function entries(): Promise<Entry[]> {
    const names = await readdir(snapshots).catch((error) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return names.map(entryOf).filter((entry) => entry !== null)
  }

  async function latest(name: string): Promise<Entry | undefined> {
    const all = (await entries()).filter((entry) => entry.name === name)
    return all.sort((a, b) => b.number - a.number)[0]
  }

  /** @throws NOT_FOUND */
  async function existing(name: string): Promise<Entry> {
    const entry = await latest(name)
    if (!entry) throw new AppError('NOT_FOUND', 'there is no snapshot of this name')
    return entry
  }

  /** All that has the name, but for one. */
  async function removeAll(name: string, kept?: Entry): Promise<void> {
    for (const entry of await entries()) {
      if (entry.name !== name || entry.number === kept?.number) continue
      await rm(join(snapshots, entry.folder), { recursive: true, force: true })
    }
  }

  /** A folder on the same disk that no list shows; gone again where `fill` throws. */
  async function filled<T>(fill: (path: string) => Promise<T>): Promise<T> {
    await mkdir(snapshots, { recursive: true, mode: 0o700 })
    const path = await mkdtemp(join(snapshots, SCRATCH))
    try {
      return await fill(path)
    } catch (error) {
      await rm(path, { recursive: true, force: true })
      throw error
    }
  }

  async function viewOf({ name, folder }: Entry): Promise<Snapshot> {
    const files = dataFilesIn(join(snapshots, folder))
    const { mtimeMs } = await stat(files.database)
    const sizes = await Promise.all([files.database, files.runs].map(sizeOf))
    return { name, savedAt: isoTime(Math.floor(mtimeMs)), bytes: sizes.reduce((sum, size) => sum + size) }
  }

  return {
    has: async (name: string): Promise<boolean> => (await latest(name)) !== undefined,

    /** By name; also for who does not own the folder. */
    async list(): Promise<Snapshot[]> {
      const names = new Set((await entries()).map(({ name }) => name).filter(isName))
      return Promise.all([...names].sort().map(async (name) => viewOf(await existing(name))))
    },

    /** @param write makes the databases' files */
    async save(name: string, write: (files: DataFiles) => Promise<void>): Promise<Snapshot> {
      const number = ((await latest(name))?.number ?? 0) + 1
      const entry = { name, number, folder: `${name}@${number}` }
      await filled(async (path) => {
        const files = dataFilesIn(path)
        await write(files)
        await linkAll(proofs, files.proofs)
        await rename(path, join(snapshots, entry.folder))
      })
      await removeAll(name, entry)
      return viewOf(entry)
    },

    /** @returns the path of a copy, to be put in the place of the present data. @throws NOT_FOUND */
    async stage(name: string): Promise<string> {
      const { folder } = await existing(name)
      const from = dataFilesIn(join(snapshots, folder))
      return filled(async (path) => {
        const to = dataFilesIn(path)
        await copied(from.database, to.database)
        // Without it the one that is there now would stay (data-folder/incoming.ts).
        if ((await sizeOf(from.runs)) === 0) await writeFile(to.runs, '')
        else await copied(from.runs, to.runs)
        await linkAll(from.proofs, to.proofs)
        return path
      })
    },

    /** @throws NOT_FOUND */
    async remove(name: string): Promise<void> {
      await existing(name)
      await removeAll(name)
    },

    /** What was being written when a process died. */
    async removeScratch(): Promise<void> {
      for (const name of await readdir(snapshots).catch(() => []))
        if (name.startsWith(SCRATCH)) await rm(join(snapshots, name), { recursive: true, force: true })
    },
  }
}

/** @throws INVALID_INPUT: what becomes the name of a folder is a plain word */
export function refuseBadName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !isName(name))
    throw invalid('name', 'must be 1 to 64 of A-Z a-z 0-9 . _ -, and begin with a letter or a digit')
}

// --- internal ---

type Entry = { name: string; number: number; folder: string }

const SCRATCH = '.scratch-'
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
const FOLDER = /^([\w.-]+)@(\d{1,9})$/

function isName(name: string): boolean {
  return NAME.test(name)
}

function entryOf(folder: string): Entry | null {
  const [, name, number] = FOLDER.exec(folder) ?? []
  return name !== undefined && (isName(name) || name === START)
    ? { name, number: Number(number), folder }
    : null
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null)
  return found?.size ?? 0
}

/** On disk when this resolves; where the disk can, both share their blocks until one is written to. */
async function copied(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  const file = await open(to, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The files of proofs are never changed, so that a second name is as good as a copy. */
async function linkAll(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => [])
  if (names.length === 0) return
  await mkdir(to, { mode: 0o700 })
  for (const name of names) {
    const [file, copy] = [join(from, name), join(to, name)]
    // Not every file system has links.
    await link(file, copy).catch(() => copyFile(file, copy))
  }
}
