import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, createApp } from '../app.ts'
import { operator } from '../audit/actor.ts'
import { createSystemClock } from '../clock.ts'
import type { ServeConfig } from '../config.ts'
import { type DataFiles, type DataFolder, dataFilesIn, tightenFiles } from '../data-folder/folder.ts'
import { announceIncoming, takeInIncoming } from '../data-folder/incoming.ts'
import { refuseLostDatabase } from '../data-folder/lost-database.ts'
import { ownName } from '../data-folder/owner-name.ts'
import { openSecret } from '../data-folder/secret.ts'
import { type FolderWatch, watchFolder } from '../data-folder/watch.ts'
import { drivenNow, drivenTimeOf, forgetDrivenTime } from '../db/driven-time.ts'
import { createJournal } from '../db/journal.ts'
import { type Db, openDatabase } from '../db/open.ts'
import { secretInUse } from '../db/secret-record.ts'
import { plant } from '../dev/planting.ts'
import type { Seed } from '../dev/seed-schema.ts'
import { AppError } from '../errors.ts'
import { readableDuration } from '../lib/readable-duration.ts'
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
  refuseLostDatabase(folder)
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

/** A killed process loses nothing all the same: what it wrote is the system's. */
const notSynced = async () => undefined

/** Of one advance of the clock: its answer stays below 2 MB, and comes before programs give up. */
const DRIVE_BOUNDS = { eventsMax: 10_000, withinMs: 30_000 }

/** The least that bcrypt takes: 1 ms a key and not 50. A key is random, so what it costs to try one out protects nothing here. */
const DEV_BCRYPT_COST = 4

/** For a server: what the last one left of the windows is taken up. */
function open(config: ServeConfig, folder: DataFolder) {
  takeInIncoming(folder)
  refuseLostDatabase(folder)
  const opened = openOn(config, folder, folder)
  tightenFiles(folder)
  opened.app.restoreWindows()
  return opened
}

function openOn(config: ServeConfig, folder: DataFolder, files: DataFiles) {
  const db = openDatabase(files.database)
  try {
    if (!config.dev) refuseDrivenTime(db, folder)
    const lostFile = watchFolder({ ...folder, ...files })
    const secret = openSecret(folder, secretInUse(db))
    const app = createApp({
      db,
      // What is developed against may lose its last seconds to a power cut; a month of it must pass in one.
      journal: config.dev ? createJournal(db, notSynced) : createJournal(db),
      secret,
      clock: createSystemClock(),
      ...(config.dev && { dev: DRIVE_BOUNDS }),
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

/**
 * A server in earnest keeps the host's time. What was written ahead of that would be wrong for it: keys that have expired
 * would be good again.
 * @throws CONFLICT
 */
function refuseDrivenTime(db: Db, { path }: DataFolder): void {
  const hostNow = createSystemClock().now()
  const aheadMs = drivenNow(drivenTimeOf(db), hostNow) - hostNow
  if (aheadMs > 0) {
    const ahead = readableDuration(Math.ceil(aheadMs / 1000))
    throw new AppError(
      'CONFLICT',
      `the clock of ${path} was driven ${ahead} ahead: serve it with --dev, or serve another data folder`,
    )
  }
  forgetDrivenTime(db)
}
