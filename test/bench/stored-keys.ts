import type { App } from '../../src/app.ts'
import { createSystemClock } from '../../src/clock.ts'
import { type DataFolder, prepareFolder } from '../../src/data-folder/folder.ts'
import { openSecret } from '../../src/data-folder/secret.ts'
import { openDatabase } from '../../src/db/open.ts'
import { ALL_SCOPES } from '../../src/keys/scopes.ts'
import { type Api, prefixOf } from '../../src/keys/token.ts'
import { createVerifier } from '../../src/keys/verifier.ts'
import { openBenchApp } from './bench-app.ts'

/** Never compared with anything: the verifier beside it proves the key. A real one takes 50 ms to make. */
const NO_BCRYPT = `$2b$10$${'.'.repeat(53)}`

/** How each API's keys look and where they stand; load.lua is told of it. */
export const KEY_FORMS = {
  workflows: { head: 'wfk_', length: 36, environment: null, header: 'x-api-key', scheme: '' },
  workfunder: {
    head: 'wf_live_',
    length: 48,
    environment: 'live',
    header: 'Authorization',
    scheme: 'Bearer ',
  },
} as const

/**
 * The token of the key with this index. Made up of its index, so that load.lua can make the same one without
 * a list of a million; scattered, so that neighbours in the load are none in the table's index.
 */
export function storedToken(index: number, api: Api = 'workflows'): string {
  const { head, length } = KEY_FORMS[api]
  const start = head + String((index * 2654435761) % 2 ** 32).padStart(12, '0')
  return start + String(index).padStart(length - start.length, '0')
}

/** Of the form that ids have: whoever names a key by another is refused. */
export function storedKeyId(index: number, api: Api = 'workflows'): string {
  const group = api === 'workflows' ? '8000' : '9000'
  return `00000000-0000-7000-${group}-${String(index).padStart(12, '0')}`
}

/** The header that presents the key with this index. */
export function authorizationOf(index: number, api: Api): Record<string, string> {
  const { header, scheme } = KEY_FORMS[api]
  return { [header]: scheme + storedToken(index, api) }
}

type Stored = { workflows?: number; tasks?: number }

/** Makes a data folder with one account that has this many full-access keys of an API, and a few workflows and tasks. */
export async function storeKeys(
  folder: DataFolder,
  count: number,
  api: Api = 'workflows',
  { workflows = 3, tasks = 0 }: Stored = {},
): Promise<void> {
  const umask = process.umask()
  prepareFolder(folder)
  // It makes everything private that this process writes from now on; an executable built later need not be.
  process.umask(umask)
  const secret = openSecret(folder)
  const app = openBenchApp(folder, createSystemClock())
  const db = openDatabase(folder.database)
  const account = await app.admin.accounts.create({ name: 'bench', tier: 'enterprise' })
  const verifier = createVerifier(secret)
  const insert = db.$client.prepare(
    `insert into api_keys (id, account_id, api, environment, name, prefix, bcrypt_hash, verifier, scopes, created_at)
     values (?, ?, ?, ?, 'bench', ?, ?, ?, ?, ?)`,
  )
  const { environment } = KEY_FORMS[api]
  const scopes = api === 'workflows' ? ALL_SCOPES : 0
  db.$client.transaction(() => {
    for (let index = 0; index < count; index++) {
      const token = storedToken(index, api)
      const proof = [prefixOf(token), NO_BCRYPT, verifier(token)]
      insert.run(storedKeyId(index, api), account.id, api, environment, ...proof, scopes, index)
    }
  })()
  for (let number = 1; number <= workflows; number++) {
    await app.workflows.definitions.create(account.id, {
      name: `Flow ${number}`,
      trigger: { type: 'api' },
      steps: [],
    })
  }
  if (tasks > 0) storeTasks(app, tasks)
  db.$client.close()
  await app.close()
}

// --- internal ---

/** As a client makes them, with the first key of WorkFunder's. */
function storeTasks({ keys, workfunder }: App, count: number): void {
  const holder = keys.check('workfunder', storedToken(0, 'workfunder'))
  if (typeof holder === 'string') throw new Error(`a stored key is ${holder}`)
  for (let number = 1; number <= count; number++) {
    workfunder.tasks.create(holder, 'task', {
      title: `Photograph storefront ${number}`,
      description: 'Three pictures of the whole front, by daylight',
      category: 'photography',
      requiredSkills: ['photography'],
      address: '350 Fifth Avenue',
      city: 'New York',
      state: 'NY',
      latitude: 40.7484,
      longitude: -73.9857,
      budgetCents: 5000,
      metadata: { reference: `store-${number}` },
    })
  }
}
