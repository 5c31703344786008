import { AppError } from '../../errors.ts'
import { createFairTurns } from '../../lib/fair-turns.ts'
import type { Problem } from '../../lib/problem.ts'
import { logFailure } from '../../log.ts'
import { startThread } from '../../threads.ts'
import type { SchemaAnswer, SchemaOrder } from './thread.ts'

export type SchemaChecker = {
  /**
   * Looks whether an object is a JSON Schema that can be used.
   * @param owner whose turn it takes: accounts that wait are served in turn.
   * @returns what is wrong with it, under the name of its field.
   */
  schemaProblems(owner: string, field: string, schema: object): Promise<Problem[]>
  /**
   * Checks a value.
   * @param key names the schema, which is kept compiled: under one key it is always the same.
   * @param name what stands in front of each field: "input" gives "input.customer.email".
   */
  valueProblems(owner: string, key: string, schema: object, name: string, value: unknown): Promise<Problem[]>
  /** Starts the thread before there is a job for it. Rejects where it does not start. */
  start(): Promise<void>
  /** Ends the thread; what waits fails. */
  close(): void
}

/**
 * JSON Schemas that somebody else wrote, compiled and checked in a thread of their own: a schema of 13 kB can take
 * Ajv a second, in which nobody else would be answered. The thread starts with the first schema.
 * @param withinMs how long one schema or one value may take.
 */
export function createSchemaChecker(withinMs = 10_000): SchemaChecker {
  const inTurn = createFairTurns({ places: 1, reserve: 0 })
  let worker: Worker | null = null
  let isClosed = false

  /** @throws UNAVAILABLE where there are too few files for a thread */
  async function begun(): Promise<Worker> {
    const thread = startedThread()
    worker = thread
    try {
      await messageOf(thread, STARTS_WITHIN_MS)
      return thread
    } catch (error) {
      end()
      throw error
    }
  }

  /** @returns null where it took too long. */
  async function carryOut(order: SchemaOrder): Promise<SchemaAnswer | null> {
    if (isClosed) throw new Error('The thread for schemas is closed')
    const thread = worker ?? (await begun())
    thread.ref()
    try {
      thread.postMessage(order)
      const answer = await messageOf(thread, withinMs)
      if (answer === null) end()
      else thread.unref()
      return answer
    } catch (error) {
      end()
      throw error
    }
  }

  function end(): void {
    worker?.terminate()
    worker = null
  }

  return {
    async schemaProblems(owner, field, schema) {
      const order = { schema: JSON.stringify(schema), name: field, key: null, value: null }
      const answer = await inTurn(owner, () => carryOut(order))
      const message = answer ? answer.schemaProblem : 'takes too much work to compile'
      return message === null ? [] : [{ field, message }]
    },

    async valueProblems(owner, key, schema, name, value) {
      const order = { schema: JSON.stringify(schema), name, key, value: JSON.stringify(value) }
      const answer = await inTurn(owner, () => carryOut(order))
      if (answer === null)
        return [{ field: name, message: 'takes too much work to check against its schema' }]
      const { problems, schemaProblem } = answer
      return schemaProblem === null
        ? problems
        : [{ field: name, message: `has a schema that ${schemaProblem}` }]
    },

    start: () =>
      inTurn('', async () => {
        worker ??= await begun()
        worker.unref()
      }),

    close() {
      isClosed = true
      end()
    },
  }
}

// --- internal ---

function startedThread(): Worker {
  try {
    return startThread('schema')
  } catch (cause) {
    logFailure('the thread for schemas', cause)
    const message = 'No JSON Schema can be checked at the moment. Please try again later.'
    throw new AppError('UNAVAILABLE', message, [], { cause })
  }
}

/** A thread takes 0.1 s to start; this is for a machine that is busy. */
const STARTS_WITHIN_MS = 30_000

/** The next thing that the thread says; null: nothing in time. @throws where it ends. */
async function messageOf(worker: Worker, withinMs: number): Promise<SchemaAnswer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<SchemaAnswer | null>()
  const heard = new AbortController()
  const once = { signal: heard.signal }
  const ended = () => reject(new Error('The thread for schemas ended'))
  worker.addEventListener('message', ({ data }: MessageEvent<SchemaAnswer>) => resolve(data), once)
  worker.addEventListener('error', ended, once)
  worker.addEventListener('close', ended, once)
  const outOfTime = setTimeout(() => resolve(null), withinMs)
  try {
    return await promise
  } finally {
    clearTimeout(outOfTime)
    heard.abort()
  }
}
