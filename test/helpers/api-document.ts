import { createApp } from '../../src/app.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { openDatabase } from '../../src/db/open.ts'
import { startServer } from '../../src/server.ts'
import { manualClock } from './manual-clock.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a document holds is what the tests are about.
export type Document = any

let document: Promise<Document> | undefined

/** The OpenAPI document of all APIs, the developer's too, as a server gives it out that is there for nothing else. */
export function apiDocument(): Promise<Document> {
  document ??= fetchDocument()
  return document
}

async function fetchDocument(): Promise<Document> {
  const app = createApp({
    db: openDatabase(':memory:'),
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
  const server = startServer(app, {
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    trustProxy: [],
    metricsListen: null,
  })
  try {
    return await (await fetch(`${server.url}/openapi.json`)).json()
  } finally {
    await server.stop(0)
    await app.close()
  }
}
