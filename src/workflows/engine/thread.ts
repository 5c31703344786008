import { Database } from 'bun:sqlite'
import type { StepAttempt } from 'openworkflow/internal'
import { BackendSqlite } from 'openworkflow/sqlite'
import { giveWay } from '../../lib/give-way.ts'
import { createOwnOperations, type OwnOperations, type StoredRecord } from './own-operations.ts'
import type {
  Completion,
  Opening,
  PageOfSteps,
  StepPage,
  ThreadAnswer,
  ThreadCall,
  ThreadMessage,
} from './thread-backend.ts'

// The entry of the engine's own thread. The engine writes and syncs several times a step; here no request waits
// for that. bun:sqlite opens runs.db and nothing else: two copies of SQLite in one process (better-sqlite3 has
// its own) must never open the same file, because closing it in one drops the locks of the other (sqlite.org/howtocorrupt.html, 2.2.1).

declare const self: Worker

let backend: BackendSqlite
let database: Database
let own: OwnOperations

// Where both want the same core, requests come before runs.
giveWay()

/** What has come of the texts of calls that are to come, by the id of the call. */
const texts = new Map<number, string[]>()

self.onmessage = ({ data }: MessageEvent<ThreadMessage>) => {
  if ('method' in data) return answerTo(data)
  texts.set(data.id, [...(texts.get(data.id) ?? []), data.part])
}

// --- internal ---

async function answerTo({ id, method, params }: ThreadCall): Promise<void> {
  const text = texts.get(id)?.join('') ?? ''
  texts.delete(id)
  const giveText = (given: string) => self.postMessage({ id, text: given } satisfies ThreadAnswer)
  const answer: ThreadAnswer = await carryOut(method, params, text, giveText).then(
    (value) => ({ id, value }),
    (error) => ({ id, error: error instanceof Error ? error.message : String(error), code: codeOf(error) }),
  )
  self.postMessage(answer)
}

/** Gives a text that goes with the answer; those who ask have as many as they have items, in the same order. */
type GiveText = (text: string) => void

async function carryOut(method: string, params: unknown, text: string, giveText: GiveText): Promise<unknown> {
  if (method === 'open') return open(params as Opening)
  if (method === 'completeStepAttempt') return completeStepAttempt(params as Completion, text)
  if (method === 'listStepAttempts') return listStepAttempts(params as PageOfSteps, giveText)
  if (method === 'records') return records(String(params), giveText)
  if (method === 'carried') return own.carried(String(params)).forEach(giveText)
  if (method === 'keepOutput') return own.keepOutput(String(params), text)
  const owner = method in own ? own : backend
  const operation: unknown = Reflect.get(owner, method)
  if (typeof operation !== 'function') throw new Error(`the engine's store has no operation ${method}`)
  const value: unknown = await operation.call(owner, params)
  if (method === 'stop') database.close()
  return value
}

/** Takes the output as JSON, and does not give it back: who asks has it. */
async function completeStepAttempt(params: Completion, json: string): Promise<StepAttempt> {
  const output = JSON.parse(json)
  return { ...(await backend.completeStepAttempt({ ...params, output })), output: null }
}

/** Gives the outputs as JSON. */
async function listStepAttempts(params: PageOfSteps, giveText: GiveText): Promise<StepPage> {
  const page = await backend.listStepAttempts(params)
  for (const { output } of page.data) giveText(JSON.stringify(output))
  return { ...page, data: page.data.map((attempt) => ({ ...attempt, output: null })) }
}

function records(engineRunId: string, giveText: GiveText): StoredRecord[] {
  const stored = own.records(engineRunId)
  for (const { output } of stored) giveText(output ?? 'null')
  return stored.map((record) => ({ ...record, output: null }))
}

function open({ path, syncs }: Opening): void {
  backend = connected(path)
  database = new Database(path)
  database.run(BUSY_TIMEOUT)
  // Whole after a power cut, without the last commits.
  if (!syncs) for (const each of [connectionOf(backend), database]) each.run('pragma synchronous = normal')
  database.run('pragma foreign_keys = on')
  own = createOwnOperations(database)
}

/**
 * How long a lock of someone else (a backup, the sqlite3 shell) is waited for, in ms. While one call waits no other
 * is carried out; what must not be lost is tried again (guarded-backend.ts).
 */
const BUSY_MS = 500
const LOOK_MS = 10
const BUSY_TIMEOUT = `pragma busy_timeout = ${BUSY_MS}`

/**
 * openworkflow's own connection, which waits for no lock by itself: neither while it opens, nor afterwards.
 * @throws openworkflow's error with SQLite's in `cause`
 */
function connected(path: string): BackendSqlite {
  for (let triesLeft = BUSY_MS / LOOK_MS; ; triesLeft -= 1) {
    try {
      const store = BackendSqlite.connect(path)
      const connection = connectionOf(store)
      connection.run(BUSY_TIMEOUT)
      keepStatements(connection)
      return store
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_BUSY' || triesLeft <= 0) throw error
      Bun.sleepSync(LOOK_MS)
    }
  }
}

/** The field is openworkflow's own, as it is in 0.10.1. */
function connectionOf(store: BackendSqlite): Database {
  const connection: unknown = Reflect.get(store, 'db')
  if (!(connection instanceof Database)) throw new Error("the engine's store has another connection")
  return connection
}

/**
 * openworkflow prepares each statement anew each time, which is half of what a small run costs this thread.
 * bun:sqlite keeps the last 20 that `query` made, and runs take 16 in all.
 */
function keepStatements(connection: Database): void {
  connection.prepare = connection.query
}

/** SQLite's code, also where openworkflow has wrapped its error. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause)
}
