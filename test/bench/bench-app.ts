import { type App, createApp } from '../../src/app.ts'
import type { Clock } from '../../src/clock.ts'
import type { DataFolder } from '../../src/data-folder/folder.ts'
import { openSecret } from '../../src/data-folder/secret.ts'
import { createJournal } from '../../src/db/journal.ts'
import { openDatabase } from '../../src/db/open.ts'
import { ADDRESS_LIMIT_DEFAULT } from '../../src/limits/limits.ts'
import { NO_RUNS } from '../helpers/test-app.ts'

/** Keyward on a data folder, as `keyward serve` wires it. */
export function openBenchApp(folder: DataFolder, clock: Clock): App {
  const db = openDatabase(folder.database)
  return createApp({
    db,
    journal: createJournal(db),
    secret: openSecret(folder),
    clock,
    addressLimit: ADDRESS_LIMIT_DEFAULT,
    egress: { allowPrivate: false, allowHttpLoopback: false },
    ...NO_RUNS,
    sandboxPace: 1,
    proofsFolder: folder.proofs,
  })
}
