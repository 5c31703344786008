import { createApp } from '../../src/app.ts'
import { dataFolder } from '../../src/data-folder/folder.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { createGate } from '../../src/dev/gate.ts'
import { createStates } from '../../src/dev/states.ts'
import { startServer } from '../../src/server.ts'
import { manualClock } from './manual-clock.ts'
import { testDatabase } from './test-database.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a document holds is what the tests are about.
export type Document = any

let document: Promise<Document> | undefined

/** What `serve --dev` has besides; it is described here, and never asked. */
const NEVER_REPLACED = {
  gate: createGate(),
  onDisk: () => Promise.resolve(),
  states: createStates({
    folder: dataFolder('/dev/null'),
    copyTo: () => Promise.resolve(),
    replaceBy: () => Promise.resolve(),
    isAdvancing: async () => false,
    fingerprint: () => '',
    world: () => {
      throw new Error('there is none')
    },
  }).operations,
}

/** The OpenAPI document of all APIs, the developer's too, as a server gives it out that is there for nothing else. */
export function apiDocument(): Promise<Document> {
  document ??= fetchDocument()
  return document
}

async function fetchDocument(): Promise<Document> {
  const app = createApp({
    db: testDatabase(),
    secret: secretOf(Buffer.alloc(32, 7)),
    clock: manualClock(),
    dev: { eventsMax: 1, withinMs: 1 },
    addressLimit: 300,
    egress: { allowPrivate: false, allowHttpLoopback: false },
    proofsFolder: '/dev/null/proofs',
    runsFile: '/dev/null/runs.db',
    runHistoryMs: 86_400_000,
    workflowEnv: {},
    sandboxPace: 1,
  })
  const config = { host: '127.0.0.1', port: 0, publicUrl: null, trustProxy: [], metricsListen: null }
  const server = startServer(app, config, { replaceable: NEVER_REPLACED })
  try {
    return await (await fetch(`${server.url}/openapi.json`)).json()
  } finally {
    await server.stop(0)
    await app.close()
  }
}
