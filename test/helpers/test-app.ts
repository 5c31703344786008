import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp } from '../../src/app.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { type Db, openDatabase } from '../../src/db/open.ts'
import type { Environment } from '../../src/keys/token.ts'
import { startServer } from '../../src/server.ts'
import { afterTest } from './after-test.ts'
import { type Call, call, type Reply } from './call.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

export type TestApp = {
  app: App
  db: Db
  clock: ManualClock
  url: string
  /** Where this server keeps the files of proofs. */
  proofsFolder: string
  /** "GET /workflows" against the Workflows API of this server. */
  workflows(line: string, call?: Call): Promise<Reply>
  /** "GET /account" against the WorkFunder API of this server. */
  workfunder(line: string, call?: Call): Promise<Reply>
  /** The key of a new Workflows key with these scopes, or all. */
  workflowsKey(scopes?: string[], accountId?: string): Promise<string>
  workfunderKey(environment: Environment, accountId?: string): Promise<string>
}

export const TEST_SECRET = secretOf(Buffer.alloc(32, 7))

/** A whole Keyward on a database in memory and a free port; ends with the test. */
export function testApp({
  addressLimit = 300,
  trustProxy = [] as never[],
  clock = manualClock(),
  egress = { allowPrivate: true, allowHttpLoopback: true },
} = {}): TestApp {
  const db = openDatabase(':memory:')
  // Made with the first proof.
  const proofsFolder = join(tmpdir(), `keyward-test-${crypto.randomUUID()}`)
  const app = createApp({
    ...{ db, secret: TEST_SECRET, clock, addressLimit, egress, proofsFolder },
    sandboxPace: 1,
  })
  const server = startServer(app, { host: '127.0.0.1', port: 0, trustProxy })
  afterTest(async () => {
    await server.stop(0)
    await app.close()
    rmSync(proofsFolder, { recursive: true, force: true })
  })
  return {
    app,
    db,
    clock,
    url: server.url,
    proofsFolder,
    workflows: (line, options) => call(`${server.url}/api/v1`, line, options),
    workfunder: (line, options) => call(`${server.url}/v1`, line, options),
    async workflowsKey(scopes, accountId) {
      return (await app.admin.createKey({ api: 'workflows', name: 'test', scopes, accountId })).key
    },
    async workfunderKey(environment, accountId) {
      return (await app.admin.createKey({ api: 'workfunder', name: 'test', environment, accountId })).key
    },
  }
}
