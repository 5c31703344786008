import type { Admin } from '../../src/admin/admin.ts'
import { createApp } from '../../src/app.ts'
import { createSystemClock } from '../../src/clock.ts'
import { dataFolder, prepareFolder, tightenFiles } from '../../src/data-folder/folder.ts'
import { openSecret } from '../../src/data-folder/secret.ts'
import { secretInUse } from '../../src/db/secret-record.ts'
import { TEST_BCRYPT_COST } from './test-app.ts'
import { testDatabase } from './test-database.ts'

/**
 * Has an operator do something on a data folder that nobody else uses, and leaves it as `keyward admin …` does: for what a
 * test only needs to be there. It takes this process a tenth of what a command takes, which starts, migrates and hashes.
 */
export async function plant<T>(folder: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const files = dataFolder(folder)
  prepareFolder(files)
  const db = testDatabase(files.database)
  const app = createApp({
    db,
    secret: openSecret(files, secretInUse(db)),
    clock: createSystemClock(),
    addressLimit: 300,
    egress: { allowPrivate: false, allowHttpLoopback: false },
    sandboxPace: 1,
    proofsFolder: files.proofs,
    runsFile: files.runs,
    runHistoryMs: Number.POSITIVE_INFINITY,
    workflowEnv: {},
    bcryptCost: TEST_BCRYPT_COST,
  })
  tightenFiles(files)
  try {
    return await work(app.admin)
  } finally {
    await app.close()
  }
}

/** A key in a data folder that nobody else uses: of Workflows with all scopes, called "CI", where nothing else is said. */
export function plantedKey(folder: string, input: Partial<Parameters<Admin['keys']['create']>[0]> = {}) {
  return plant(folder, ({ keys }) => keys.create({ api: 'workflows', name: 'CI', ...input }))
}
