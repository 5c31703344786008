import { describe, expect, test } from 'bun:test'
import { emptyFolder } from '../../helpers/process.ts'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, restarted, workflowApp } from '../../helpers/workflow-app.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

const give = (id: string, value: unknown = id): LooseStep => ({
  id,
  type: 'transform',
  config: { mapping: { value } },
})
const wait = (id: string, duration: number): LooseStep => ({ id, type: 'wait', config: { duration } })
const GO_ON = { errorHandling: { strategy: 'continue', fallback: { value: 'fallback' } } }
const both = (config: object, more: object = GO_ON): LooseStep => ({
  id: 'both',
  type: 'parallel',
  config,
  ...more,
})
const bad: LooseStep = { id: 'bad', type: 'slack', config: {} }

/** A receiver of the steps' calls; what is asked at /slow is never answered. */
function calls() {
  const { url, seen } = served(({ path }) =>
    path === '/slow' ? Promise.withResolvers<Response>().promise : Response.json({}),
  )
  const call = (id: string, more: object = {}): LooseStep => ({
    id,
    type: 'api',
    config: { url: `${url}/${id}`, method: 'POST' },
    ...more,
  })
  return { call, paths: () => seen.map(({ path }) => path) }
}

/** Steps that read the same before a wait and after it, and what both read. */
const reading = (value: unknown): LooseStep[] => [
  ...[give('before', value), wait('pause', SECOND), give('after', value)],
  give('told', { before: '{{steps.before.value}}', after: '{{steps.after.value}}' }),
]

describe('after a wait, a parallel that has ended', () => {
  test('begins no branch that its time limit kept from beginning, and shows what it showed before', async () => {
    const { app, clock, start, workflow, passWait, ended } = await workflowApp()
    const { call, paths } = calls()
    const runId = await start(
      await workflow([
        both({ branches: ['quick', 'slow', 'post'], concurrency: 1, timeoutMs: 60 * SECOND }),
        ...[give('quick'), call('slow'), call('post')],
        ...reading(['{{steps.quick.value}}', '{{steps.both.value}}']),
      ]),
    )
    await until(() => paths().length === 1)
    clock.advance(60 * SECOND)
    app.tick()
    await passWait(runId, SECOND)
    const run = await ended(runId)
    const seen = [null, 'fallback']
    expect([run.status, run.output]).toEqual(['completed', { value: { before: seen, after: seen } }])
    expect(paths()).toEqual(['/slow'])
    expect(run.steps.map(({ path }: { path: string }) => path)).not.toContain('both[2]/post')
  })

  test('shows the steps of its branches as before, also those that failed with the strategy continue', async () => {
    const { start, workflow, passWait, ended } = await workflowApp()
    const inner = { ...both({ branches: ['a', ['b', 'bad']] }, {}), id: 'inner' }
    const runId = await start(
      await workflow([
        both({ branches: ['inner', ['gone', 'c']] }),
        ...[inner, give('a'), give('b'), bad],
        ...[{ ...bad, id: 'gone', ...GO_ON }, give('c', '{{steps.gone.value}}!')],
        ...reading(
          '{{steps.a.value}} {{steps.b.value}} {{steps.bad}} {{steps.gone.value}} {{steps.c.value}}',
        ),
      ]),
    )
    await passWait(runId, SECOND)
    const seen = 'a b  fallback fallback!'
    expect((await ended(runId)).output).toEqual({ value: { before: seen, after: seen } })
  })
})

test('after a retry, a step sees as before what failed in a completed parallel with the strategy continue', async () => {
  const { api, run, workflow, ended } = await workflowApp()
  const { url, seen } = served((_, count) => Response.json({}, { status: count === 1 ? 500 : 200 }))
  const { id, status } = await run(
    await workflow([
      both({ branches: ['gone', 'a'] }),
      ...[{ ...bad, id: 'gone', ...GO_ON }, give('a')],
      {
        id: 'last',
        type: 'api',
        config: { url, method: 'POST', body: '{{steps.gone.value}}', failOnError: true },
      },
    ]),
  )
  expect(status).toBe('failed')
  await api(`POST /runs/${id}/retry`)
  expect((await ended(id)).status).toBe('completed')
  expect(seen.map(({ body }) => body)).toEqual(['fallback', 'fallback'])
})

describe('when the clock jumps past the time limit of a parallel and the waits in it', () => {
  async function jumped(branches: unknown, more: LooseStep[]) {
    const { clock, start, workflow, untilWaiting, ended } = await workflowApp()
    const { call, paths } = calls()
    const runId = await start(
      await workflow([both({ branches, timeoutMs: 60 * SECOND }, {}), ...more, call('post')]),
    )
    // What does not wait has ended by then: out of time, it would have failed.
    await untilWaiting(runId, 'both')
    clock.advance(HOUR)
    return { run: await ended(runId), paths }
  }

  test('a wait that was over in time has ended well', async () => {
    const { run } = await jumped(['short', 'a'], [wait('short', SECOND), give('a')])
    expect(run.steps.find(({ id }: { id: string }) => id === 'both')).toMatchObject({
      status: 'completed',
      output: { completedCount: 2 },
    })
  })

  test.each([
    ['a step after a wait that was over in time', [['short', 'post']], [wait('short', SECOND)]],
    ['a wait that was longer, and the step after it,', [['long', 'post']], [wait('long', 90 * SECOND)]],
    ['a wait that was longer, and is the last step,', ['long'], [wait('long', 90 * SECOND)]],
  ])('%s is out of time', async (_, branches, more) => {
    const { run, paths } = await jumped(branches, more)
    const error = { code: 'TIMEOUT', message: 'The branches took longer than 60000 ms' }
    expect(run).toMatchObject({ status: 'failed', error })
    expect(paths()).toEqual([])
  })
})

describe('a server that is begun anew when the time of a parallel is up', () => {
  test('does not repeat the call that was cut off, and begins no other branch', async () => {
    const folder = emptyFolder()
    const app = await workflowApp({ folder })
    const { call, paths } = calls()
    const branches = ['quick', 'slow', 'post']
    const runId = await app.start(
      await app.workflow([
        both({ branches, concurrency: 1, timeoutMs: 60 * SECOND }, {}),
        ...[give('quick'), call('slow'), call('post')],
      ]),
    )
    await until(() => paths().length === 1)
    await app.app.workflows.runs.close(0)
    app.clock.advance(HOUR)
    const next = await restarted(app, folder)
    const run = await next.ended(runId)
    const error = { code: 'TIMEOUT', message: 'The branches took longer than 60000 ms', step: 'both' }
    expect(run).toMatchObject({ status: 'failed', error })
    expect(paths()).toEqual(['/slow'])
    const told = run.steps.map(({ path, status }: { path: string; status: string }) => `${path} ${status}`)
    expect(told.sort()).toEqual(['both failed', 'both[0]/quick completed', 'both[1]/slow failed'])
  })

  test('tries no step again that was to be tried again later', async () => {
    const { clock, start, workflow, untilWaiting, ended, api } = await workflowApp()
    const retryConfig = { maxAttempts: 3, initialDelayMs: 30 * SECOND }
    const runId = await start(
      await workflow([
        both({ branches: ['bad', 'ask'], timeoutMs: 20 * SECOND }, {}),
        ...[
          { ...bad, retryConfig },
          { id: 'ask', type: 'approval', config: {} },
        ],
      ]),
    )
    await Promise.all(['bad', 'ask', 'both'].map((id) => untilWaiting(runId, id)))
    clock.advance(HOUR)
    const run = await ended(runId)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT', step: 'both' } })
    const log = (await api(`GET /runs/${runId}/logs`)).json.data
    expect(log.filter(({ id }: { id: string }) => id === 'bad')).toHaveLength(1)
  })
})
