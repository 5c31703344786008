import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServerOperations } from '../../src/admin/server.ts'
import { type App, createApp } from '../../src/app.ts'
import type { Actor } from '../../src/audit/actor.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { createJournal } from '../../src/db/journal.ts'
import type { SyncFile } from '../../src/db/journal-sync.ts'
import type { Db } from '../../src/db/open.ts'
import type { Environment } from '../../src/keys/token.ts'
import { lazily } from '../../src/lib/lazily.ts'
import type { Network } from '../../src/lib/network.ts'
import { type Server, startServer } from '../../src/server.ts'
import { afterTest } from './after-test.ts'
import { type Call, call, type Reply } from './call.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { testDatabase } from './test-database.ts'

export type TestApp = {
  app: App
  db: Db
  clock: ManualClock
  url: string
  /** Ends it before the test does, as a server that is told to stop. */
  close(): Promise<void>
  /** Ends the answers that go on, as a reset does. */
  endStreams(): void
  /** Where this server keeps the files of proofs. */
  proofsFolder: string
  /** "GET /workflows" against the Workflows API of this server. */
  workflows(line: string, call?: Call): Promise<Reply>
  /** "GET /account" against the WorkFunder API of this server. */
  workfunder(line: string, call?: Call): Promise<Reply>
  /** "GET /clock" under /_dev of this server, where it is for development. */
  dev(line: string, call?: Call): Promise<Reply>
  /** The key of a new Workflows key with these scopes, or all. */
  workflowsKey(scopes?: string[], accountId?: string): Promise<string>
  workfunderKey(environment: Environment, accountId?: string): Promise<string>
}

const TEST_SECRET_BYTES = Buffer.alloc(32, 7)

/** What a test app works with; the app has one of its own, because it may replace it. */
export const TEST_SECRET = secretOf(TEST_SECRET_BYTES)

/** The least that bcrypt takes: 1 ms and not 50, by the same code. */
export const TEST_BCRYPT_COST = 4

/** For an app that runs no workflow. */
export const NO_RUNS = { runsFile: '/dev/null/runs.db', runHistoryMs: 86_400_000, workflowEnv: {} }

/** A whole Keyward on a free port, on a database in memory or in `folder`; ends with the test. */
export function testApp({
  addressLimit = 300,
  trustProxy = [] as Network[],
  clock = manualClock(),
  egress = { allowPrivate: true, allowHttpLoopback: true },
  runHistoryMs = 30 * 86_400_000,
  workflowEnv = {} as Record<string, string>,
  folder = undefined as string | undefined,
  secret = secretOf(TEST_SECRET_BYTES),
  sync = undefined as SyncFile | undefined,
  isDev = false,
  publicUrl = null as string | null,
  eventsMax = 10_000,
  withinMs = 600_000,
} = {}): TestApp {
  const db = testDatabase(folder && join(folder, 'keyward.db'))
  // Made with the first proof.
  const proofsFolder = join(tmpdir(), `keyward-test-${crypto.randomUUID()}`)
  const runsFolder = folder ?? mkdtempSync(join(tmpdir(), 'keyward-test-'))
  const app = createApp({
    db,
    journal: createJournal(db, sync),
    secret,
    clock,
    ...(isDev && { dev: { eventsMax, withinMs } }),
    addressLimit,
    egress,
    proofsFolder,
    runHistoryMs,
    workflowEnv,
    sandboxPace: 1,
    runsFile: join(runsFolder, 'runs.db'),
    bcryptCost: TEST_BCRYPT_COST,
  })
  const own = lazily(() => createServerOperations({ ...app, version: '0', url: () => server?.url ?? null }))
  const adminFor = (actor: Actor) => ({
    ...app.adminFor(actor),
    server: own(),
    requests: app.requests,
    ...app.dev,
  })
  const address = { host: '127.0.0.1', port: 0, publicUrl, trustProxy, metricsListen: null }
  // With the first request: to mount all the endpoints takes as long as all the rest of an app.
  let server: Server | undefined
  const url = () => {
    server ??= startServer(app, address, {
      dashboard: { adminFor, localOperator: isDev ? 'developer' : null },
    })
    return `http://localhost:${server.port}`
  }
  let isClosed = false
  async function close() {
    if (isClosed) return
    isClosed = true
    await server?.stop(0)
    await app.close()
  }
  afterTest(async () => {
    await close()
    for (const folder of [proofsFolder, runsFolder]) rmSync(folder, { recursive: true, force: true })
  })
  return {
    app,
    db,
    clock,
    get url() {
      return url()
    },
    close,
    endStreams: () => server?.replaceApp(app),
    proofsFolder,
    workflows: (line, options) => call(`${url()}/api/v1`, line, options),
    workfunder: (line, options) => call(`${url()}/v1`, line, options),
    dev: (line, options) => call(`${url()}/_dev`, line, options),
    async workflowsKey(scopes, accountId) {
      return (await app.admin.keys.create({ api: 'workflows', name: 'test', scopes, accountId })).key
    },
    async workfunderKey(environment, accountId) {
      return (await app.admin.keys.create({ api: 'workfunder', name: 'test', environment, accountId })).key
    },
  }
}
