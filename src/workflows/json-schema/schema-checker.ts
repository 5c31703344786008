import { AppError } from '../../errors.ts'
import type { Problem } from '../../lib/problem.ts'
import { createStagedThreads, ThreadTimeoutError } from '../../lib/staged-threads.ts'
import { logFailure } from '../../log.ts'
import { startThread } from '../../threads.ts'
import type { SchemaAnswer, SchemaOrder } from './thread.ts'

export type SchemaChecker = {
  /**
   * Looks whether an object is a JSON Schema that can be used.
   * @param owner whose turn it takes (staged-turns.ts): who asks for little does not wait for those who ask for much.
   * @returns what is wrong with it, under the name of its field.
   */
  schemaProblems(owner: string, field: string, schema: object): Promise<Problem[]>
  /**
   * Checks a value.
   * @param key names the schema, which is kept compiled: under one key it is always the same.
   * @param name what stands in front of each field: "input" gives "input.customer.email".
   */
  valueProblems(owner: string, key: string, schema: object, name: string, value: unknown): Promise<Problem[]>
  /** Starts the first thread before there is a job for it. Rejects where it does not start. */
  start(): Promise<void>
  /** Ends the threads; what waits fails. */
  close(): void
}

/**
 * JSON Schemas that somebody else wrote, compiled and checked in threads of their own: a schema of 13 kB can take
 * Ajv a second, in which nobody else would be answered. The first thread starts with the first schema.
 * @param withinMs how long one schema or one value may take.
 */
export function createSchemaChecker(withinMs = 10_000): SchemaChecker {
  const threads = createStagedThreads<SchemaOrder, SchemaAnswer>({
    name: 'checker of JSON Schemas',
    startThread: startedThread,
    stages: STAGES,
    last: COSTLY_SCHEMAS,
    graceMs: GRACE_MS,
    // What was stopped looks like something wrong.
    isCutOff: ({ problems, schemaProblem }) => problems.length > 0 || schemaProblem !== null,
  })

  /** @returns null where it took too long. */
  async function answerTo(owner: string, order: SchemaOrder): Promise<SchemaAnswer | null> {
    try {
      return await threads.run(owner, order, withinMs)
    } catch (error) {
      if (error instanceof ThreadTimeoutError) return null
      throw error
    }
  }

  return {
    async schemaProblems(owner, field, schema) {
      const order = { schema: JSON.stringify(schema), name: field, key: null, value: null }
      const answer = await answerTo(owner, order)
      const message = answer ? answer.schemaProblem : 'takes too much work to compile'
      return message === null ? [] : [{ field, message }]
    },

    async valueProblems(owner, key, schema, name, value) {
      const order = { schema: JSON.stringify(schema), name, key, value: JSON.stringify(value) }
      const answer = await answerTo(owner, order)
      if (answer === null)
        return [{ field: name, message: 'takes too much work to check against its schema' }]
      const { problems, schemaProblem } = answer
      return schemaProblem === null
        ? problems
        : [{ field: name, message: `has a schema that ${schemaProblem}` }]
    },

    start: () => threads.start(1),
    close: threads.close,
  }
}

// --- internal ---

/**
 * A schema as people write them is compiled in 3 to 20 ms, and a value checked in less than 1; one that is made to be costly
 * takes up to some seconds. So who asks for little waits a twentieth of a second for each account that is before it.
 */
const STAGES = [
  { places: 1, reserve: 0, ms: 50 },
  { places: 1, reserve: 0, ms: 500 },
]

const COSTLY_SCHEMAS = { places: 1, reserve: 0 }

/** What is told to stop looks up at each keyword: only one with very many values takes longer than this. */
const GRACE_MS = 200

function startedThread(): Worker {
  try {
    return startThread('schema')
  } catch (cause) {
    logFailure('the thread for schemas', cause)
    const message = 'No JSON Schema can be checked at the moment. Please try again later.'
    throw new AppError('UNAVAILABLE', message, [], { cause })
  }
}
