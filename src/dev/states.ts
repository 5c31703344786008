import { rm } from 'node:fs/promises'
import pLimit from 'p-limit'
import type { Clock } from '../clock.ts'
import { type DataFiles, type DataFolder, dataFilesIn } from '../data-folder/folder.ts'
import { MigrationError } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { secretInUse } from '../db/secret-record.ts'
import { AppError } from '../errors.ts'
import { isDamaged } from '../lib/storage-trouble.ts'
import type { World } from './planting.ts'
import { exportedSeed } from './seed-export.ts'
import type { Seed } from './seed-schema.ts'
import { createSnapshotFiles, refuseBadName, type Snapshot, START } from './snapshot-files.ts'

/** What a developer may do with all of the data: operations by noun. The app itself has none of them, for each puts another in its place. */
export type States = ReturnType<typeof createStates>
export type StateOperations = States['operations']

type Parts = {
  folder: DataFolder
  /** Writes a copy of the present data. */
  copyTo: (files: DataFiles) => Promise<void>
  /** Puts a folder of data in the place of the present data. */
  replaceBy: (staged: string) => Promise<void>
  /** Whether the clock is being advanced. */
  isAdvancing: () => Promise<boolean>
  /** What the data holds, to be exported. */
  world: () => World & { clock: Clock }
  /** Of the secret that the server works with. */
  fingerprint: () => string
}

export function createStates({ folder, copyTo, replaceBy, isAdvancing, fingerprint, world }: Parts) {
  const files = createSnapshotFiles(folder)
  /** Each after the one before: two that ask at the same time both get what they asked for. */
  const inTurn = pLimit(1)

  async function putBack(name: string, what: string): Promise<void> {
    const staged = await files.stage(name)
    try {
      refuseUnfit(dataFilesIn(staged), what, fingerprint())
      await refuseWhileAdvancing()
      await replaceBy(staged)
    } finally {
      await rm(staged, { recursive: true, force: true })
    }
  }

  /** What is under way there would be in between. @throws CONFLICT */
  async function refuseWhileAdvancing(): Promise<void> {
    if (await isAdvancing())
      throw new AppError('CONFLICT', 'The clock is being advanced; ask again when that has ended')
  }

  function save(name: string): Promise<Snapshot> {
    return files.save(name, copyTo)
  }

  return {
    /** Keeps what the folder holds as what `reset` goes back to; does nothing where it has that. Call it before the first request. */
    async keepStart(): Promise<void> {
      await files.removeScratch()
      if (!(await files.has(START))) await save(START)
    },

    operations: {
      data: {
        /** All as it was when the server first ran under --dev, its keys included; the time is the host's. @throws CONFLICT */
        reset: (): Promise<{ reset: true }> =>
          inTurn(async () => {
            await putBack(START, 'the starting data')
            return { reset: true }
          }),

        /** What there is now as a seed, without secrets that a seed would give away. */
        export: async (): Promise<Seed> => {
          const present = world()
          return exportedSeed(present, present.clock.now())
        },
      },

      snapshots: {
        list: (): Promise<Snapshot[]> => inTurn(files.list),

        /** In the place of one that has the name. @throws INVALID_INPUT, CONFLICT */
        save: ({ name }: { name: string }): Promise<Snapshot> =>
          inTurn(async () => {
            refuseBadName(name)
            await refuseWhileAdvancing()
            return save(name)
          }),

        /** @throws INVALID_INPUT, NOT_FOUND, CONFLICT */
        restore: ({ name }: { name: string }): Promise<{ name: string }> =>
          inTurn(async () => {
            refuseBadName(name)
            await putBack(name, `the snapshot ${name}`)
            return { name }
          }),

        /** @throws INVALID_INPUT, NOT_FOUND */
        delete: ({ name }: { name: string }): Promise<{ name: string }> =>
          inTurn(async () => {
            refuseBadName(name)
            await files.remove(name)
            return { name }
          }),
      },
    },
  }
}

/** Whether an operation must not wait for those to end who work on the data: it replaces it. @param name as in data.reset */
export function isStateOperation(name: string): boolean {
  return /^(?:data\.reset$|snapshots\.)/.test(name)
}

// --- internal ---

/**
 * Opens it to see whether it can be, and brings it up to date where it was saved by an older Keyward.
 * @throws CONFLICT for data that is damaged, of a newer Keyward, or kept with another secret
 */
function refuseUnfit({ database }: DataFiles, what: string, fingerprint: string): void {
  const refused = (why: string, cause?: unknown) =>
    new AppError('CONFLICT', `${what} cannot be restored: ${why}`, [], { cause })
  try {
    const db = openDatabase(database)
    const madeWith = secretInUse(db)
    db.$client.close()
    if (madeWith !== fingerprint) throw refused('secret.key has been replaced since it was saved')
  } catch (error) {
    if (error instanceof MigrationError) throw refused(error.message, error)
    throw isDamaged(error) ? refused('its keyward.db is damaged', error) : error
  }
}
