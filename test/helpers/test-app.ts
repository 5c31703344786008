import { afterEach } from 'bun:test'
import { type App, createApp } from '../../src/app.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { type Db, openDatabase } from '../../src/db/open.ts'
import type { Environment } from '../../src/keys/token.ts'
import { type Server, startServer } from '../../src/server.ts'
import { type Call, call, type Reply } from './call.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

export type TestApp = {
  app: App
  db: Db
  clock: ManualClock
  url: string
  /** "GET /workflows" against the Workflows API of this server. */
  workflows(line: string, call?: Call): Promise<Reply>
  /** The key of a new Workflows key with these scopes, or all. */
  workflowsKey(scopes?: string[], accountId?: string): Promise<string>
  workfunderKey(environment: Environment, accountId?: string): Promise<string>
}

export const TEST_SECRET = secretOf(Buffer.alloc(32, 7))

const started: { app: App; server: Server }[] = []

afterEach(async () => {
  for (const { app, server } of started.splice(0)) {
    await server.stop(0)
    app.close()
  }
})

/** A whole Keyward on a database in memory and a free port; ends with the test. */
export function testApp({
  addressLimit = 300,
  trustProxy = [] as never[],
  clock = manualClock(),
} = {}): TestApp {
  const db = openDatabase(':memory:')
  const app = createApp({ db, secret: TEST_SECRET, clock, addressLimit })
  const server = startServer(app, { host: '127.0.0.1', port: 0, trustProxy })
  started.push({ app, server })
  return {
    app,
    db,
    clock,
    url: server.url,
    workflows: (line, options) => call(`${server.url}/api/v1`, line, options),
    async workflowsKey(scopes, accountId) {
      return (await app.admin.createKey({ api: 'workflows', name: 'test', scopes, accountId })).key
    },
    async workfunderKey(environment, accountId) {
      return (await app.admin.createKey({ api: 'workfunder', name: 'test', environment, accountId })).key
    },
  }
}
