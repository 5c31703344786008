import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, createApp } from '../app.ts'
import { operator } from '../audit/actor.ts'
import { createSystemClock } from '../clock.ts'
import type { ServeConfig } from '../config.ts'
import { type DataFiles, type DataFolder, dataFilesIn, tightenFiles } from '../data-folder/folder.ts'
import { announceIncoming, takeInIncoming } from '../data-folder/incoming.ts'
import { ownName } from '../data-folder/owner-name.ts'
import { openSecret } from '../data-folder/secret.ts'
import { type FolderWatch, watchFolder } from '../data-folder/watch.ts'
import { createJournal } from '../db/journal.ts'
import { openDatabase } from '../db/open.ts'
import { secretInUse } from '../db/secret-record.ts'
import { plant } from '../dev/planting.ts'
import type { Seed } from '../dev/seed-schema.ts'
import { logFailure } from '../log.ts'

/** The app that a server works with. Other data may take the place of its data, and then another app takes its own. */
export type HeldApp = {
  readonly app: App
  /** The file of the folder that is no longer the one that it has open; null: all are. */
  lostFile: FolderWatch
  /** Which secret.key it works with. */
  fingerprint(): string
  /**
   * Closes the app, whatever it is at, and opens another on the data that was announced (data-folder/incoming.ts).
   * @throws what keeps it from opening: then there is no app any more
   */
  reopen(): Promise<void>
}

/** @throws what a start fails with (start-failure.ts) */
export function openApp(config: ServeConfig, folder: DataFolder): HeldApp {
  let opened = open(config, folder)

  return {
    get app() {
      return opened.app
    },

    lostFile: () => opened.lostFile(),
    fingerprint: () => opened.secret.fingerprint,

    async reopen() {
      // What cannot be stored is of no use any more.
      await opened.app.close(0).catch((error) => logFailure('the end of the data that is replaced', error))
      opened = open(config, folder)
    },
  }
}

/**
 * Makes the data that a seed says, and announces it as the folder's: all of it or nothing. Call it while the folder is ours and
 * empty. @throws INVALID_INPUT that names the place of each problem of the seed
 */
export async function plantSeed(config: ServeConfig, folder: DataFolder, seed: Seed): Promise<void> {
  const staged = join(folder.path, 'seed.tmp')
  await rm(staged, { recursive: true, force: true })
  await mkdir(staged, { mode: 0o700 })
  try {
    const files = dataFilesIn(staged)
    const { app } = openOn(config, folder, files)
    try {
      await plant(seed, app, operator(ownName(), 'folder'))
    } finally {
      await app.close(0)
    }
    await writeFile(files.runs, '')
    await announceIncoming(folder, staged)
  } finally {
    await rm(staged, { recursive: true, force: true })
  }
}

// --- internal ---

/** The least that bcrypt takes: 1 ms a key and not 50. A key is random, so what it costs to try one out protects nothing here. */
const DEV_BCRYPT_COST = 4

/** For a server: what the last one left of the windows is taken up. */
function open(config: ServeConfig, folder: DataFolder) {
  takeInIncoming(folder)
  const opened = openOn(config, folder, folder)
  tightenFiles(folder)
  opened.app.restoreWindows()
  return opened
}

function openOn(config: ServeConfig, folder: DataFolder, files: DataFiles) {
  const db = openDatabase(files.database)
  try {
    const lostFile = watchFolder({ ...folder, ...files })
    const secret = openSecret(folder, secretInUse(db))
    const app = createApp({
      db,
      journal: createJournal(db),
      secret,
      clock: createSystemClock(),
      isDev: config.dev,
      bcryptCost: config.dev ? DEV_BCRYPT_COST : undefined,
      addressLimit: config.addressLimit,
      egress: config.egress,
      sandboxPace: config.sandboxPace,
      proofsFolder: files.proofs,
      runsFile: files.runs,
      runHistoryMs: config.runHistoryMs,
      workflowEnv: config.workflowEnv,
      serverLog: { tellsRequests: config.accessLog },
      watch: lostFile,
    })
    return { app, lostFile, secret }
  } catch (error) {
    db.$client.close()
    throw error
  }
}
