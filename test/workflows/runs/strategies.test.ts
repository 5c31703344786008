import { describe, expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

/** A server that answers with these statuses, the last of them again and again. */
function answering(...statuses: number[]) {
  const { url, seen } = served((_, count) =>
    Response.json({ count }, { status: statuses[count - 1] ?? statuses.at(-1) }),
  )
  return { url, calls: () => seen.length }
}

function call(url: string, more: object = {}): LooseStep {
  return { id: 'call', type: 'api', config: { url, failOnError: true }, ...more }
}

const after: LooseStep = { id: 'after', type: 'transform', config: { mapping: { saw: '{{steps.call}}' } } }

const statuses = (run: { steps: { status: string }[] }) => run.steps.map(({ status }) => status).join(' ')

/** The waits of the run between its attempts, each passed exactly: not a millisecond before is it tried again. */
async function backoffs(app: WorkflowApp, runId: string, calls: () => number, delays: number[]) {
  for (const [at, delay] of delays.entries()) {
    await app.untilWaiting(runId)
    app.clock.advance(delay - 1)
    app.app.tick()
    expect((await app.api(`GET /runs/${runId}`)).json.data.steps[0]).toMatchObject({
      status: 'retrying',
      attempt: at + 1,
    })
    expect(calls()).toBe(at + 1)
    await app.passWait(runId, 1)
  }
  return app.settled(runId)
}

describe('the strategy fail', () => {
  test.each([
    ['no strategy', {}],
    ['the strategy fail', { errorHandling: { strategy: 'fail', fallback: { n: 1 } } }],
  ])(
    'with %s, a failed step ends the run, is tried once, and the steps after it are skipped',
    async (_, more) => {
      const app = await workflowApp()
      const { url, calls } = answering(500)
      const run = await app.run(await app.workflow([call(url, more), after]))
      const error = { code: 'STEP_ERROR', message: 'the server answered 500', step: 'call' }
      expect(run).toMatchObject({ status: 'failed', error, output: null })
      expect([statuses(run), calls()]).toEqual(['failed skipped', 1])
      expect(run.steps[0]).toMatchObject({ error, attempt: 1 })
    },
  )
})

describe('with the strategy continue', () => {
  test.each([
    ['its fallback', { count: 0 }, { count: 0 }],
    ['null where it has none', undefined, null],
  ])('the step stays failed, and the steps after it see %s', async (_, fallback, saw) => {
    const app = await workflowApp()
    const { url, calls } = answering(500)
    const step = call(url, { errorHandling: { strategy: 'continue', fallback } })
    const run = await app.run(await app.workflow([step, after]))
    expect(run).toMatchObject({ status: 'completed', error: null, output: { saw } })
    expect(run.steps[0]).toMatchObject({
      status: 'failed',
      output: saw,
      error: { code: 'STEP_ERROR', step: 'call' },
    })
    expect([statuses(run), calls()]).toEqual(['failed completed', 1])
  })

  test('the edges after the failed step are open', async () => {
    const app = await workflowApp()
    const { url } = answering(500)
    const id = await app.workflow([
      after,
      call(url, { errorHandling: { strategy: 'continue', fallback: 'none' } }),
    ])
    await app.api(`PATCH /workflows/${id}/canvas`, {
      canvasState: { edges: [{ source: 'call', target: 'after' }] },
    })
    expect(await app.run(id)).toMatchObject({ status: 'completed', output: { saw: 'none' } })
  })

  test('a wait, a loop and a parallel may fail as well', async () => {
    const app = await workflowApp()
    const errorHandling = { strategy: 'continue', fallback: 'instead' }
    const steps = [
      { id: 'wait', type: 'wait', config: { duration: '{{input.none}}' }, errorHandling },
      {
        id: 'loop',
        type: 'loop',
        config: { collection: '{{input.text}}', steps: ['in-loop'] },
        errorHandling,
      },
      { id: 'in-loop', type: 'transform', config: { mapping: { a: 1 } } },
      {
        id: 'both',
        type: 'parallel',
        config: { branches: ['in-both'], concurrency: '{{input.text}}' },
        errorHandling,
      },
      { id: 'in-both', type: 'transform', config: { mapping: { a: 1 } } },
      {
        id: 'end',
        type: 'transform',
        config: { mapping: { all: '{{steps.wait}} {{steps.loop}} {{steps.both}}' } },
      },
    ]
    const run = await app.run(await app.workflow(steps), { text: 'x' })
    expect(run).toMatchObject({ status: 'completed', output: { all: 'instead instead instead' } })
    expect(statuses(run)).toBe('failed failed failed completed')
  })
})

describe('the strategy retry', () => {
  test.each<[string, object, number[]]>([
    ['the defaults', { errorHandling: { strategy: 'retry' } }, [1000, 2000]],
    ['a retryConfig without a strategy', { retryConfig: { maxAttempts: 2 } }, [1000]],
    [
      'all that can be set, the longest delay too',
      { retryConfig: { maxAttempts: 5, initialDelayMs: 50, backoffMultiplier: 3, maxDelayMs: 400 } },
      [50, 150, 400, 400],
    ],
    [
      'a first delay alone that is longer than 30 s',
      { retryConfig: { initialDelayMs: 60_000 } },
      [60_000, 60_000],
    ],
  ])('tries a step again after each delay, and then fails it: %s', async (_, more, delays) => {
    const app = await workflowApp()
    const { url, calls } = answering(500)
    const runId = await app.start(await app.workflow([call(url, more), after]))
    const run = await backoffs(app, runId, calls, delays)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR', step: 'call' } })
    expect([statuses(run), calls(), run.steps[0].attempt]).toEqual([
      'failed skipped',
      delays.length + 1,
      delays.length + 1,
    ])
  })

  test('ends with the first attempt that succeeds, and the logs tell of every one', async () => {
    const app = await workflowApp()
    const { url, calls } = answering(500, 503, 200, 500)
    const runId = await app.start(
      await app.workflow([call(url, { errorHandling: { strategy: 'retry' } }), after]),
    )
    const run = await backoffs(app, runId, calls, [1000, 2000])
    expect(run).toMatchObject({ status: 'completed', output: { saw: { data: { count: 3 } } } })
    expect(run.steps[0]).toMatchObject({ status: 'completed', attempt: 3, error: null })
    const logs = (await app.api(`GET /runs/${runId}/logs`)).json.data
    expect(
      logs.map((log: { status: string; attempt: number; error: { message: string } | null }) => [
        log.status,
        log.attempt,
        log.error?.message,
      ]),
    ).toEqual([
      ['error', 1, 'the server answered 500'],
      ['error', 2, 'the server answered 503'],
      ['success', 3, undefined],
      ['success', 1, undefined],
    ])
  })

  test('may be followed by the strategy continue, when all attempts have failed', async () => {
    const app = await workflowApp()
    const { url, calls } = answering(500)
    const more = {
      retryConfig: { maxAttempts: 2 },
      errorHandling: { strategy: 'continue', fallback: 'none' },
    }
    const run = await backoffs(
      app,
      await app.start(await app.workflow([call(url, more), after])),
      calls,
      [1000],
    )
    expect(run).toMatchObject({ status: 'completed', output: { saw: 'none' } })
    expect(calls()).toBe(2)
  })

  test('does not try a config again that is wrong, for it would not pass', async () => {
    const app = await workflowApp()
    const { url, calls } = answering(200)
    const step = call(url, { errorHandling: { strategy: 'retry' } })
    const run = await app.run(await app.workflow([{ ...step, config: { url, timeout: '{{input.text}}' } }]), {
      text: 'x',
    })
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'VALIDATION_ERROR', step: 'call', message: expect.stringContaining('config.timeout') },
    })
    expect([run.steps[0].attempt, calls()]).toEqual([1, 0])
  })
})
