import { describe, expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { code, createCode } from '../../../src/workflows/steps/code.ts'
import { failure, stepWork } from '../../helpers/step-work.ts'
import { sharedSandbox } from '../../helpers/test-sandbox.ts'

const CONTEXT = { input: { a: 21 }, steps: { fetch: { rows: [1, 2] } }, secrets: { TOKEN: 'hidden' } }

function perform(config: Json, work = stepWork(config, { context: CONTEXT })): Promise<unknown> {
  return createCode(sharedSandbox).perform(work)
}

describe('the output is the result and the lines of the console', () => {
  test.each<[Json, unknown]>([
    [{ code: 'return input.a * 2' }, { result: 42, logs: [] }],
    [
      { code: 'input', input: { rows: [1] } },
      { result: { rows: [1] }, logs: [] },
    ],
    [
      { code: 'input', input: null },
      { result: null, logs: [] },
    ],
    [{ code: 'steps.fetch.rows.length' }, { result: 2, logs: [] }],
    [
      { code: 'console.warn("w"); return 1', timeout: 5000 },
      { result: 1, logs: ['w'] },
    ],
    [
      { code: 'return (input.a as number)', language: 'typescript' },
      { result: 21, logs: [] },
    ],
    [{ code: '"{{input.a}}"' }, { result: '{{input.a}}', logs: [] }],
    [
      { code: '1', sandbox: { timeoutMs: 30_000, maxOutputSize: 10_485_760 } },
      { result: 1, logs: [] },
    ],
    [
      { code: '1', timeout: 600_000 },
      { result: 1, logs: [] },
    ],
  ])('%j', async (config, output) => expect(await perform(config)).toEqual(output))
})

test('the code is not a template', () => expect(code.programs).toEqual(['code']))

test('console lines go to the run’s log, also of code that fails', async () => {
  const work = stepWork(
    { code: 'console.log("a"); console.error("b"); throw new Error("c")' },
    { context: CONTEXT },
  )
  await expect(perform({}, work)).rejects.toThrow('Error: c')
  expect(work.lines).toEqual([
    { level: 'info', message: 'a' },
    { level: 'error', message: 'b' },
  ])
})

test('secrets reach code only through its input', async () => {
  expect(await perform({ code: 'typeof secrets + input.t', input: { t: 'hidden' } })).toMatchObject({
    result: 'undefinedhidden',
  })
})

describe('a code step fails in words:', () => {
  test.each<[Json, string, string]>([
    [{}, 'VALIDATION_ERROR', 'code must be a text'],
    [{ code: ' ' }, 'VALIDATION_ERROR', 'code must be a text'],
    [{ code: '1', language: 'python' }, 'VALIDATION_ERROR', 'language must be javascript or typescript'],
    [{ code: '1', timeout: -1 }, 'VALIDATION_ERROR', 'timeout must be at least 1'],
    [{ code: '1', sandbox: 'x' }, 'VALIDATION_ERROR', 'sandbox must be an object'],
    [
      { code: '1', sandbox: { timeoutMs: 30_001 } },
      'VALIDATION_ERROR',
      'sandbox.timeoutMs must be from 1 to 30000',
    ],
    [
      { code: '1', sandbox: { maxOutputSize: 10_485_761 } },
      'VALIDATION_ERROR',
      'sandbox.maxOutputSize must be from 1 to 10485760',
    ],
    [{ code: 'for (;;);', timeout: 50 }, 'TIMEOUT', 'The script took longer than 50 ms'],
    [{ code: 'for (;;);', sandbox: { timeoutMs: 60 } }, 'TIMEOUT', 'The script took longer than 60 ms'],
    [
      { code: 'for (;;);', timeout: 5000, sandbox: { timeoutMs: 70 } },
      'TIMEOUT',
      'The script took longer than 70 ms',
    ],
    [
      { code: '"x".repeat(200)', sandbox: { maxOutputSize: 100 } },
      'STEP_ERROR',
      'The result is larger than 100 bytes',
    ],
    [{ code: 'missing' }, 'STEP_ERROR', "ReferenceError: 'missing' is not defined"],
  ])('%j: %s', async (config, code, message) => {
    expect(await failure(perform(config))).toEqual({ code, message })
  })

  test('and at once when its step is aborted', async () => {
    const work = stepWork(
      { code: 'for (;;);', timeout: 30_000 },
      { context: CONTEXT, signal: AbortSignal.abort(new Error('cancelled')) },
    )
    await expect(perform({}, work)).rejects.toThrow('cancelled')
  })
})
