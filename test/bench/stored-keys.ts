import { createApp } from '../../src/app.ts'
import { createSystemClock } from '../../src/clock.ts'
import { type DataFolder, prepareFolder } from '../../src/data-folder/folder.ts'
import { openSecret } from '../../src/data-folder/secret.ts'
import { openDatabase } from '../../src/db/open.ts'
import { ALL_SCOPES } from '../../src/keys/scopes.ts'
import { prefixOf } from '../../src/keys/token.ts'
import { createVerifier } from '../../src/keys/verifier.ts'
import { ADDRESS_LIMIT_DEFAULT } from '../../src/limits/limits.ts'

/** Never compared with anything: the verifier beside it proves the key. A real one takes 50 ms to make. */
const NO_BCRYPT = `$2b$10$${'.'.repeat(53)}`

/**
 * The token of the key with this index. Made up of its index, so that load.lua can make the same one without
 * a list of a million; scattered, so that neighbours in the load are none in the table's index.
 */
export function storedToken(index: number): string {
  const scattered = (index * 2654435761) % 2 ** 32
  return `wfk_${String(scattered).padStart(12, '0')}${String(index).padStart(20, '0')}`
}

export function storedKeyId(index: number): string {
  return `bench-key-${index}`
}

/** What a list endpoint has to show. */
const WORKFLOWS = 3

/** Makes a data folder with one account that has this many full-access Workflows keys and a few workflows. */
export async function storeKeys(folder: DataFolder, count: number): Promise<void> {
  prepareFolder(folder)
  const secret = openSecret(folder)
  const db = openDatabase(folder.database)
  const app = createApp({ db, secret, clock: createSystemClock(), addressLimit: ADDRESS_LIMIT_DEFAULT })
  const account = await app.admin.createAccount({ name: 'bench', tier: 'enterprise' })
  const verifier = createVerifier(secret)
  const insert = db.$client.prepare(
    `insert into api_keys (id, account_id, api, name, prefix, bcrypt_hash, verifier, scopes, created_at)
     values (?, ?, 'workflows', 'bench', ?, ?, ?, ?, ?)`,
  )
  db.$client.transaction(() => {
    for (let index = 0; index < count; index++) {
      const token = storedToken(index)
      insert.run(
        storedKeyId(index),
        account.id,
        prefixOf(token),
        NO_BCRYPT,
        verifier(token),
        ALL_SCOPES,
        index,
      )
    }
  })()
  for (let number = 1; number <= WORKFLOWS; number++) {
    app.workflows.definitions.create(account.id, {
      name: `Flow ${number}`,
      trigger: { type: 'api' },
      steps: [],
    })
  }
  app.close()
}
