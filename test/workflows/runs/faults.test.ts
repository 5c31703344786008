import { describe, expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const MIB = 1024 * 1024

const code = (text: string, config: object = {}): LooseStep => ({
  id: 'code',
  type: 'code',
  config: { code: text, ...config },
})
const call = (url: string, config: object = {}): LooseStep => ({
  id: 'call',
  type: 'api',
  config: { url, ...config },
})
const give = (mapping: object, id = 'give'): LooseStep => ({ id, type: 'transform', config: { mapping } })

/** A server that answers with this, or never. */
const answering = (answer: () => Response | Promise<Response>) => served(answer).url
const never = () => answering(() => new Promise<Response>(() => undefined))

/** Asks whether the server is alive while the work is under way, this often at most. @returns what the work gave. */
async function whileAlive<T>({ url }: WorkflowApp, work: Promise<T>, times = 50): Promise<T> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  for (let asked = 0; asked < times && !isOver; asked++)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
  return over
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels)
}

test.each<[string, () => LooseStep, string, string]>([
  ['a server that never answers', () => call(never(), { timeout: 100 }), 'TIMEOUT', 'no answer came in time'],
  [
    'an endless response',
    () =>
      call(
        answering(
          () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) })),
        ),
      ),
    'STEP_ERROR',
    'the answer is too large',
  ],
  [
    'an endless loop',
    () => code('for (;;) {}', { timeout: 100 }),
    'TIMEOUT',
    'The script took longer than 100 ms',
  ],
  [
    'a promise that is never settled',
    () => code('await new Promise(() => {})'),
    'STEP_ERROR',
    'never settled',
  ],
  [
    'code that eats memory',
    () => code('const a = []; for (;;) a.push(new Uint8Array(1e6))'),
    'STEP_ERROR',
    '64 MiB of memory',
  ],
  ['code without an end to its stack', () => code('const f = () => 1 + f(); f()'), 'STEP_ERROR', 'stack'],
  [
    'code that gives 11 MiB',
    () => code(`"x".repeat(${11 * MIB})`),
    'STEP_ERROR',
    'The result is larger than 10485760 bytes',
  ],
  [
    'a response of 11 MiB',
    () =>
      call(
        answering(() => new Response('x'.repeat(11 * MIB))),
        { maxResponseBytes: 20 * MIB },
      ),
    'STEP_ERROR',
    'the body is larger than 10 MiB',
  ],
  [
    'a response nested 300 levels deep',
    () =>
      call(
        answering(() => new Response(nested(300))),
        { responseFormat: 'json' },
      ),
    'STEP_ERROR',
    'nested deeper than 64 levels',
  ],
  [
    'an output nested 300 levels deep',
    () => code(`JSON.parse('${nested(300)}')`),
    'STEP_ERROR',
    'nested deeper than 256 levels',
  ],
  ['code that reaches for the host', () => code('process.exit(1)'), 'STEP_ERROR', 'process'],
  [
    'a template that makes too much text',
    () => give({ a: Array(20).fill('{{input.big}}-') }),
    'VALIDATION_ERROR',
    'makes more than 10 MiB of text',
  ],
  [
    'a pattern that is too much work',
    () => ({
      id: 'way',
      type: 'condition',
      config: { conditions: { left: '{{input.big}}', operator: 'matches', right: '(a?){1000}a{1000}' } },
    }),
    'VALIDATION_ERROR',
    'too much work',
  ],
])('%s fails the step with a clear error, and the server serves on', async (_, step, errorCode, message) => {
  const app = await workflowApp()
  const id = await app.workflow([step(), give({}, 'after')])
  const run = await whileAlive(app, app.run(id, { big: 'a'.repeat(MIB - 1000) }))
  expect([run.status, run.error.code, run.steps[0].status]).toEqual(['failed', errorCode, 'failed'])
  expect(run.error.message).toContain(message)
  expect(run.error.message).not.toMatch(/node_modules|\.ts:|sqlite/i)
  expect((await app.run(await app.workflow([give({ fine: true })]))).output).toEqual({ fine: true })
})

test('a pattern that backtracks for ever elsewhere is decided here', async () => {
  const app = await workflowApp()
  const conditions = { left: `${'a'.repeat(5000)}!`, operator: 'matches', right: '^(a+)+$' }
  const run = app.run(await app.workflow([{ id: 'way', type: 'condition', config: { conditions } }]))
  expect((await whileAlive(app, run)).output).toMatchObject({ result: false })
})

test('a response nested 300 levels deep that nobody asked to be JSON is text', async () => {
  const app = await workflowApp()
  const url = answering(() => new Response(nested(300), { headers: { 'Content-Type': 'application/json' } }))
  expect((await app.run(await app.workflow([call(url)]))).output.data).toBe(nested(300))
})

test.each([
  [200, 'completed completed'],
  [254, 'completed failed'],
  [255, 'failed skipped'],
])(
  'an output nested %i levels deep is kept and read back, or fails its step: %s',
  async (levels, statuses) => {
    const app = await workflowApp()
    const steps = [code(`JSON.parse('${nested(levels)}')`), give({ again: '{{steps.code.result}}' })]
    const run = await app.run(await app.workflow(steps))
    expect(run.steps.map(({ status }: { status: string }) => status).join(' ')).toBe(statuses)
    if (run.error) expect(run.error.message).toBe('a value is nested deeper than 256 levels')
    expect((await app.api(`GET /runs/${run.id}/logs`)).status).toBe(200)
  },
)

test('a variable that names itself is text, and nothing is filled in for ever', async () => {
  const app = await workflowApp()
  const steps = [give({ a: '{{variables.a}}' }), give({ a: '{{steps.give.a}}' }, 'again')]
  const id = await app.workflow(steps, { settings: { variables: { a: '{{variables.a}}{{variables.a}}' } } })
  expect((await app.run(id)).output).toEqual({ a: '{{variables.a}}{{variables.a}}' })
})

test.each<[string, unknown[], number, string]>([
  ['10,000 steps', Array.from({ length: 10_000 }, (_, i) => give({}, `s${i}`)), 400, 'steps'],
  ['more than 1 MiB', [give({ text: 'x'.repeat(MIB) })], 413, '1 MiB'],
  [
    'an expression of a thousand levels',
    [give({ a: `{{${'!'.repeat(1000)}1}}` })],
    400,
    'steps[0].config.mapping.a',
  ],
  [
    'an expression of 20,000 characters',
    [give({ a: `{{${'1+'.repeat(10_000)}1}}` })],
    400,
    'is longer than 10000 characters',
  ],
  [
    'templates 100 levels deep',
    [give({ a: JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`) })],
    400,
    'nested deeper',
  ],
  [
    'a condition without an operator that there is',
    [{ id: 'c', type: 'condition', config: { conditions: { operator: 'resembles' } } }],
    400,
    'steps[0].config.conditions.operator',
  ],
])('a definition of %s is refused, and the server serves on', async (_, steps, status, message) => {
  const app = await workflowApp()
  const body = { name: 'Large', trigger: { type: 'api' }, steps }
  const reply = await whileAlive(app, app.api('POST /workflows', body))
  expect(reply.status).toBe(status)
  expect(reply.text).toContain(message)
  expect(reply.text.length).toBeLessThan(20_000)
})

test('500 steps in a row, in a definition of nearly 1 MiB, are saved and run', async () => {
  const app = await workflowApp()
  const steps = Array.from({ length: 500 }, (_, i) => give({ i, text: 'x'.repeat(1900) }, `s${i}`))
  const id = await whileAlive(app, app.workflow(steps))
  const runId = await app.start(id)
  const run = await whileAlive(app, app.settled(runId))
  expect(run).toMatchObject({ status: 'completed', output: { i: 499 } })
  expect(run.steps).toHaveLength(500)
})

describe('a run of more than 950 recorded steps', () => {
  const send = (id: string, url: string, more: object = {}): LooseStep => ({
    id,
    type: 'api',
    config: { url, method: 'POST', body: {} },
    ...more,
  })
  const items = (count: number) => Array.from({ length: count }, (_, i) => i)
  const each = (count: number, steps: string[]): LooseStep => ({
    id: 'each',
    type: 'parallel',
    config: { forEachSource: items(count), branches: [steps], concurrency: 50 },
  })
  const loop = (config: object): LooseStep => ({
    id: 'each',
    type: 'loop',
    config: {
      loopType: 'for',
      iterations: 1000,
      maxIterations: 1000,
      batchSize: 1000,
      steps: ['a'],
      ...config,
    },
  })
  const retried = { retryConfig: { maxAttempts: 2, initialDelayMs: 1 } }

  test.each<[string, (url: string) => LooseStep[]]>([
    ['a loop of 1,000 rounds', (url) => [loop({}), send('a', url)]],
    [
      'a parallel of 500 items of two steps',
      (url) => [each(500, ['a', 'b']), send('a', url), send('b', url)],
    ],
    ['a parallel of 600 items that are tried twice', (url) => [each(600, ['a']), send('a', url, retried)]],
    ['a parallel of 400 items that wait', (url) => [each(400, ['a', 'w']), send('a', url), pause('w')]],
  ])('fails before any of it is done: %s', async (_, steps) => {
    const app = await workflowApp()
    const { url, seen } = served(() => new Response(null, { status: 500 }))
    const runId = await app.start(await app.workflow(steps(url)))
    const run = await whileAlive(app, app.settled(runId))
    expect([run.status, run.error]).toEqual(['failed', LIMIT])
    expect(seen).toEqual([])
  })

  test('that could not be foreseen begins no step that it could not try as often as it may', async () => {
    const app = await workflowApp()
    const { url, seen } = served(() => new Response(null, { status: 500 }))
    const steps = [loop({ breakCondition: 'false', batchSize: 1000 }), send('a', url, retried)]
    const run = await app.ended(await app.start(await app.workflow(steps)))
    expect([run.status, run.error]).toEqual(['failed', LIMIT])
    // Of 950, the loop takes two and each step up to three: two attempts, and the wait between them.
    expect(seen.length).toBeLessThanOrEqual(316)
  })

  test('counts those before a wait and those after it', async () => {
    const app = await workflowApp()
    const { url, seen } = served(() => Response.json({}))
    const more = { id: 'more', type: 'loop', config: { loopType: 'for', iterations: 500, steps: ['b'] } }
    const first = loop({ iterations: 500, steps: ['a'] })
    const second = { ...more, config: { ...more.config, maxIterations: 1000, batchSize: 500 } }
    const id = await app.workflow([first, pause('w'), second, send('a', url), send('b', url)])
    const runId = await app.start(id)
    await app.passWait(runId, 1000)
    const run = await app.settled(runId)
    expect([run.status, run.error]).toEqual(['failed', LIMIT])
    expect(seen).toHaveLength(500)
  })
})

const LIMIT = { code: 'STEP_LIMIT_EXCEEDED', message: 'The run would take more than 950 recorded steps' }
const pause = (id: string): LooseStep => ({ id, type: 'wait', config: { duration: 1000 } })
