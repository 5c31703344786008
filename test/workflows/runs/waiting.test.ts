import { describe, expect, test } from 'bun:test'
import { emptyFolder } from '../../helpers/process.ts'
import { served } from '../../helpers/served.ts'
import { type LooseStep, restarted, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const HOUR_MS = 3_600_000

const ask = (config: object = {}, id = 'ask'): LooseStep => ({ id, type: 'approval', config })
const end: LooseStep = { id: 'end', type: 'transform', config: { mapping: { told: '{{steps.ask.output}}' } } }

/** A run that waits for a person, with all that follows. */
async function suspended(steps: LooseStep[] = [ask(), end], input: object = {}, more: object = {}) {
  const app = await workflowApp(more)
  const run = await app.run(await app.workflow(steps), input)
  expect(run.status).toBe('suspended')
  const decide = (way: 'approve' | 'reject', body?: object) => app.api(`POST /runs/${run.id}/${way}`, body)
  return { app, run, decide }
}

describe('a wait', () => {
  test.each<[string, object, object, number]>([
    ['milliseconds, without a unit', { duration: 1500 }, {}, 1500],
    ['seconds', { duration: 2, unit: 'seconds' }, {}, 2000],
    ['minutes', { duration: 1.5, unit: 'minutes' }, {}, 90_000],
    ['hours', { duration: 3, unit: 'hours' }, {}, 3 * HOUR_MS],
    ['days', { duration: 365, unit: 'days' }, {}, 365 * 24 * HOUR_MS],
    ['a number as text', { duration: '250' }, {}, 250],
    ['templates', { duration: '{{input.n}}', unit: '{{input.unit}}' }, { n: '2', unit: 'seconds' }, 2000],
  ])('in %s lasts as long, to the millisecond', async (_, config, input, lengthMs) => {
    const app = await workflowApp()
    const runId = await app.start(await app.workflow([{ id: 'pause', type: 'wait', config }]), input)
    await app.untilWaiting(runId)
    app.clock.advance(lengthMs - 1)
    app.app.tick()
    const waiting = (await app.api(`GET /runs/${runId}`)).json.data
    expect([waiting.status, waiting.steps[0].status]).toEqual(['running', 'running'])
    await app.passWait(runId, 1)
    const run = await app.settled(runId)
    const completedAt = new Date(Date.UTC(2026, 10, 21, 9) + lengthMs).toISOString()
    expect(run).toMatchObject({ status: 'completed', completedAt, durationMs: lengthMs })
    expect(run.output).toEqual({ waited: lengthMs, durationMs: lengthMs, completedAt })
  })

  test('of no time needs no time', async () => {
    const app = await workflowApp()
    const runId = await app.start(
      await app.workflow([{ id: 'pause', type: 'wait', config: { duration: 0 } }]),
    )
    await app.passWait(runId, 0)
    expect((await app.settled(runId)).output).toMatchObject({ waited: 0 })
  })

  test('that comes out as no length is refused, with the reason', async () => {
    const app = await workflowApp()
    const length = 'The duration of a wait must be a number, up to 365 days'
    const rows: Record<string, [config: object, message: string]> = {
      missing: [{ duration: '{{input.none}}' }, length],
      text: [{ duration: '{{input.text}}' }, length],
      'empty text': [{ duration: '{{input.empty}}' }, length],
      'a list': [{ duration: '{{input.list}}' }, length],
      negative: [{ duration: '{{-1}}' }, length],
      'too long': [{ duration: '{{366}}', unit: 'days' }, length],
      'an unknown unit': [
        { duration: 1, unit: '{{input.text}}' },
        'The unit of a wait must be one of milliseconds, seconds, minutes, hours, days',
      ],
      'a unit of an object’s own making': [
        { duration: 1, unit: '{{"constructor"}}' },
        'The unit of a wait must be one of milliseconds, seconds, minutes, hours, days',
      ],
    }
    const input = { text: 'soon', empty: '', list: [1] }
    const told = Object.entries(rows).map(async ([name, [config]]) => {
      const run = await app.run(await app.workflow([{ id: 'pause', type: 'wait', config }]), input)
      return [name, run.status, run.error]
    })
    expect(await Promise.all(told)).toEqual(
      Object.entries(rows).map(([name, [, message]]) => [
        name,
        'failed',
        { code: 'VALIDATION_ERROR', message, step: 'pause' },
      ]),
    )
  })
})

describe('an approval', () => {
  test('suspends the run, which shows what is asked, of whom and until when', async () => {
    const config = {
      title: 'Pay {{input.amount}}',
      description: '{{input}}',
      approvers: 'kim, lee ,',
      timeoutHours: 2,
      context: { amount: '{{input.amount}}' },
    }
    const { app, run } = await suspended([ask(config), end], { amount: 7 })
    expect(run.approvals).toEqual([
      {
        stepId: 'ask',
        path: 'ask',
        title: 'Pay 7',
        description: '{"amount":7}',
        approvers: ['kim', 'lee'],
        context: { amount: 7 },
        requestedAt: '2026-11-21T09:00:00.000Z',
        expiresAt: '2026-11-21T11:00:00.000Z',
      },
    ])
    expect(run.steps.map(({ status }: { status: string }) => status)).toEqual(['running', 'pending'])
    expect((await app.api('GET /runs?status=suspended')).json.data[0].id).toBe(run.id)
  })

  test.each<[string, object, string, string | null]>([
    ['a list of approvers', { approvers: ['kim', 'lee'] }, 'kim+lee', null],
    ['approvers from a template', { approvers: '{{input.who}}' }, 'a+b', null],
    ['approvers of which one is missing', { approvers: ['kim', '{{input.none}}', '{{7}}'] }, 'kim+7', null],
    ['a reason', { reason: 'Is it right?' }, '', 'Is it right?'],
    ['a title before a reason', { title: 'Title', reason: 'Reason' }, '', 'Title'],
  ])('with %s shows it', async (_, config, approvers, title) => {
    const { run } = await suspended([ask(config)], { who: ['a', 'b'] })
    expect([run.approvals[0].approvers.join('+'), run.approvals[0].title]).toEqual([approvers, title])
  })

  test.each<['approve' | 'reject', string, object | undefined, object]>([
    ['approve', 'without a body', undefined, { approved: true }],
    ['reject', 'without a body', undefined, { approved: false }],
    ['approve', 'at its step', { stepId: 'ask' }, { approved: true }],
    [
      'reject',
      'with who and why',
      { approvedBy: 'kim@corp.test', comment: 'too much' },
      { approved: false, approvedBy: 'kim@corp.test', comment: 'too much' },
    ],
  ])('%s %s goes on with the answer', async (way, _, body, answer) => {
    const { app, run, decide } = await suspended()
    app.clock.advance(5000)
    const decided = await decide(way, body)
    expect([decided.status, decided.json.data]).toEqual([
      200,
      expect.objectContaining({ id: run.id, status: 'running' }),
    ])
    const ended = await app.settled(run.id)
    const told = { approvedBy: `key ${await keyId(app)}`, approvedAt: '2026-11-21T09:00:05.000Z', ...answer }
    expect(ended).toMatchObject({ status: 'completed', approvals: [] })
    expect(ended.output).toEqual({ told })
    const again = await decide(way, body)
    expect([again.status, again.json.error.code]).toEqual([409, 'CONFLICT'])
  })

  test.each<[string, object, object, number]>([
    ['none: a day', {}, {}, 24 * HOUR_MS],
    ['timeout in words', { timeout: '30m' }, {}, HOUR_MS / 2],
    ['timeout in days', { timeout: '7d' }, {}, 7 * 24 * HOUR_MS],
    ['timeout from a template', { timeout: '{{input.t}}' }, { t: '24h' }, 24 * HOUR_MS],
    ['timeout from a template in capitals', { timeout: '{{input.t}}' }, { t: '24H' }, 24 * HOUR_MS],
    ['timeout from a template that is missing: a day', { timeout: '{{input.t}}' }, {}, 24 * HOUR_MS],
    ['timeoutMs', { timeoutMs: 1000 }, {}, 1000],
    ['timeoutHours', { timeoutHours: 0.5 }, {}, HOUR_MS / 2],
  ])(
    'with the timeout %s is rejected when nobody answers in time, not before',
    async (_, config, input, ms) => {
      const { app, run } = await suspended([ask(config), end], input)
      app.clock.advance(ms - 1)
      app.app.tick()
      expect((await app.api(`GET /runs/${run.id}`)).json.data.approvals).toHaveLength(1)
      await app.passWait(run.id, 1)
      const approvedAt = new Date(Date.UTC(2026, 10, 21, 9) + ms).toISOString()
      expect((await app.ended(run.id)).output).toEqual({
        told: { approved: false, approvedBy: null, approvedAt, timedOut: true },
      })
    },
  )

  test.each<[string, object]>([
    [
      'fail',
      { status: 'failed', error: { code: 'TIMEOUT', message: 'Nobody approved in time', step: 'ask' } },
    ],
    ['reject', { status: 'completed', output: { told: { approved: false, timedOut: true } } }],
    [
      'approve',
      { status: 'completed', output: { told: { approved: true, approvedBy: null, timedOut: true } } },
    ],
  ])('with the timeoutAction %s does so', async (timeoutAction, ending) => {
    const { app, run } = await suspended([ask({ timeout: '1h', timeoutAction }), end])
    await app.passWait(run.id, HOUR_MS)
    expect(await app.ended(run.id)).toMatchObject(ending)
  })

  test.each([
    ['context', 1024, 'list'],
    ['title', 64, 'text'],
    ['reason', 64, 'text'],
    ['description', 64, 'text'],
    ['approvers', 64, 'text'],
  ])('of a %s of more than %d KiB is refused by that field', async (name, most, of) => {
    const app = await workflowApp()
    const code = `return { text: "x".repeat(70_000), list: Array(20).fill("x".repeat(60_000)) }`
    const large = ask({ [name]: `{{steps.large.result.${of}}}` })
    const run = await app.run(await app.workflow([{ id: 'large', type: 'code', config: { code } }, large]))
    const message = `The ${name} of an approval must be at most ${most} KiB`
    expect(run).toMatchObject({ status: 'failed', error: { code: 'VALIDATION_ERROR', message, step: 'ask' } })
    expect(run.approvals).toEqual([])
  })

  test('is decided without a look at what the approvers were shown', async () => {
    const { app, run, decide } = await suspended([ask(), ask({}, 'other')])
    app.db.$client.prepare("update run_waits set request = '{' where run_id = ?").run(run.id)
    expect((await decide('approve', { stepId: 'ask' })).status).toBe(200)
  })

  test('a timeout that comes out as none is refused', async () => {
    const app = await workflowApp()
    const told = [
      '{{input.text}}',
      '{{input.list}}',
      '{{"-1h"}}',
      '{{"500 days"}}',
      `{{"${'9'.repeat(200)}"}}`,
    ].map(
      async (timeout) =>
        (await app.run(await app.workflow([ask({ timeout })]), { text: 'x', list: [] })).error,
    )
    const message = 'The timeout of an approval must be more than 0, up to 365 days'
    const error = { code: 'VALIDATION_ERROR', message, step: 'ask' }
    expect(await Promise.all(told)).toEqual([error, error, error, error, error])
  })

  test.each<[string, unknown, string]>([
    ['approvers', { a: 1 }, 'must be a text with commas, or a list of texts'],
    ['approvers', true, 'must be a text with commas, or a list of texts'],
    ['approvers', ['kim', { name: 'lee' }], 'must be a text with commas, or a list of texts'],
    ['title', { a: 1 }, 'must be a text'],
    ['reason', ['a'], 'must be a text'],
  ])(
    'whose %s comes out as %j asks nobody, and fails with the name of the field',
    async (field, value, problem) => {
      const app = await workflowApp()
      const run = await app.run(await app.workflow([ask({ [field]: '{{input.value}}' }), end]), { value })
      const message = `config.${field} ${problem}`
      expect(run).toMatchObject({
        status: 'failed',
        error: { code: 'VALIDATION_ERROR', message, step: 'ask' },
      })
    },
  )

  test('two at once are decided one by one, by name, and the run is suspended until both are', async () => {
    const both = { id: 'both', type: 'parallel', config: { branches: ['a', 'b'] } }
    const read = {
      id: 'read',
      type: 'transform',
      config: { mapping: { a: '{{steps.a.approved}}', b: '{{steps.b.approved}}' } },
    }
    const { app, run, decide } = await suspended([both, ask({}, 'a'), ask({}, 'b'), read])
    expect(run.approvals.map(({ stepId }: { stepId: string }) => stepId)).toEqual(['a', 'b'])
    const which = await decide('approve')
    expect([which.status, which.json.error.details]).toEqual([
      400,
      [{ field: 'stepId', message: 'must be one of a, b' }],
    ])
    expect((await decide('approve', { stepId: 'c' })).status).toBe(409)
    expect((await decide('reject', { stepId: 'b' })).json.data.status).toBe('suspended')
    expect((await decide('approve', { stepId: 'b' })).status).toBe(409)
    expect((await decide('approve')).json.data.status).toBe('running')
    expect(await app.ended(run.id)).toMatchObject({ status: 'completed', output: { a: true, b: false } })
  })
})

describe('approvals of one step, in a parallel or loop', () => {
  test.each<[string, LooseStep]>([
    [
      'branches',
      {
        id: 'p',
        type: 'parallel',
        config: { forEachSource: [1, 2], forEachAs: 'item', branches: [['ask']] },
      },
    ],
    ['rounds', { id: 'p', type: 'loop', config: { collection: [1, 2], batchSize: 2, steps: ['ask'] } }],
  ])('are decided one by one where they stand, in %s', async (_, container) => {
    const { app, run, decide } = await suspended([container, ask({ title: '{{item}}' })])
    const shown = run.approvals.map(({ path, title }: { path: string; title: string }) => [path, title])
    expect(shown).toEqual([
      ['p[0]/ask', '1'],
      ['p[1]/ask', '2'],
    ])
    for (const body of [{}, { stepId: 'ask' }]) {
      const { status, json } = await decide('approve', body)
      const names = 'p[0]/ask, p[1]/ask'
      expect([status, json.error.message, json.error.details]).toEqual([
        400,
        `Several approvals are open; name one of the steps ${names}`,
        [{ field: 'stepId', message: `must be one of ${names}` }],
      ])
    }
    expect((await decide('approve', { stepId: 'p[2]/ask' })).status).toBe(409)
    expect((await decide('reject', { stepId: 'p[1]/ask' })).json.data.status).toBe('suspended')
    expect((await decide('reject', { stepId: 'p[1]/ask' })).status).toBe(409)
    expect((await decide('approve', { stepId: 'p[0]/ask' })).json.data.status).toBe('running')
    const { output } = await app.ended(run.id)
    expect(output.results.map(({ approved }: { approved: boolean }) => approved)).toEqual([true, false])
  })

  test('are named as long as a path may be', async () => {
    const ids = Array.from({ length: 8 }, (_, i) => `${i}${'x'.repeat(63)}`)
    const last = 'y'.repeat(64)
    const steps = ids.map(
      (id, i): LooseStep => ({
        id,
        type: 'loop',
        config: { collection: [1], steps: [ids[i + 1] ?? last] },
      }),
    )
    const { app, run, decide } = await suspended([...steps, ask({}, last)])
    const stepId = [...ids.map((id) => `${id}[0]`), last].join('/')
    expect((await decide('approve', { stepId })).status).toBe(200)
    expect((await app.ended(run.id)).status).toBe('completed')
  })
})

describe('a server that stops meanwhile', () => {
  /** Steps that ask and then call out; `calls` counts them. */
  function asking() {
    const { url, seen } = served(() => Response.json({}))
    const call = (id: string): LooseStep => ({ id, type: 'api', config: { url: `${url}/${id}` } })
    return { steps: [call('before'), ask(), call('after')], calls: () => seen.map(({ path }) => path) }
  }

  test.each(['before', 'after'] as const)('takes a decision that came %s with it', async (when) => {
    const folder = emptyFolder()
    const { steps, calls } = asking()
    const { app, run, decide } = await suspended(steps, {}, { folder })
    if (when === 'before') await decide('approve')
    const next = await restarted(app, folder)
    if (when === 'after') expect((await next.api(`POST /runs/${run.id}/approve`)).status).toBe(200)
    expect((await next.ended(run.id)).status).toBe('completed')
    expect(calls()).toEqual(['/before', '/after'])
  })

  test('ends a wait whose time came while it was down', async () => {
    const folder = emptyFolder()
    const app = await workflowApp({ folder })
    const runId = await app.start(
      await app.workflow([{ id: 'pause', type: 'wait', config: { duration: 1000 } }]),
    )
    await app.untilWaiting(runId)
    app.clock.advance(60_000)
    const next = await restarted(app, folder)
    expect((await next.ended(runId)).output).toMatchObject({ waited: 1000 })
  })

  test('goes on in a branch that it cut off, though another waits', async () => {
    const folder = emptyFolder()
    const isThere = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<Response>()
    const done = Promise.withResolvers<void>()
    const { url } = served(({ path }) => {
      if (path === '/second') done.resolve()
      else isThere.resolve()
      return path === '/first' ? answer.promise : Response.json({})
    })
    const call = (id: string): LooseStep => ({ id, type: 'api', config: { url: `${url}/${id}` } })
    const both = { id: 'both', type: 'parallel', config: { branches: [['pause'], ['first', 'second']] } }
    const pause = { id: 'pause', type: 'wait', config: { duration: HOUR_MS } }
    const app = await workflowApp({ folder })
    const runId = await app.start(await app.workflow([both, pause, call('first'), call('second')]))
    await Promise.all([isThere.promise, app.untilWaiting(runId)])
    const next = restarted(app, folder)
    answer.resolve(Response.json({}))
    const { passWait, ended } = await next
    await done.promise
    await passWait(runId, HOUR_MS)
    expect((await ended(runId)).status).toBe('completed')
  })
})

async function keyId({ api }: WorkflowApp): Promise<string> {
  const [key] = (await api('GET /auth/api-keys')).json.data
  return key.id
}
