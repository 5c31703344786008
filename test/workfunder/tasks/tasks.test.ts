import { describe, expect, test } from 'bun:test'
import { newTaskFrom } from '../../../src/workfunder/api/inputs.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

export const TASK = {
  title: 'Photograph the storefront',
  description: 'Three pictures from across the street.',
  category: 'photography',
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
  budget_cents: 5000,
}

async function setUp({
  folder = undefined as string | undefined,
  tier = 'enterprise',
  environment = 'test' as 'test' | 'live',
} = {}) {
  const keyward = testApp({ folder })
  const account = await keyward.app.admin.accounts.create({ name: 'Acme', tier })
  const bearer = await keyward.workfunderKey(environment, account.id)
  const send = (line: string, json?: unknown) => keyward.workfunder(line, { bearer, json })
  const create = async (change = {}) => (await send('POST /tasks', { ...TASK, ...change })).json
  return { ...keyward, account, bearer, send, create }
}

describe('creating a task', () => {
  test('answers 201 with the whole task; a test task is funded at once', async () => {
    const { send } = await setUp()
    const full = {
      ...TASK,
      location: { ...TASK.location, address: '350 5th Ave' },
      instructions: 'Ring twice',
      required_skills: ['photography'],
      priority: 'urgent',
      deadline: '2026-12-01T12:00:00-05:00',
      proof_types: ['photo', 'video'],
      metadata: { order: 7 },
    }
    const { status, json } = await send('POST /tasks', full)
    expect([status, json]).toEqual([
      201,
      {
        id: json.id,
        type: 'task',
        status: 'funded',
        environment: 'test',
        title: TASK.title,
        description: TASK.description,
        instructions: 'Ring twice',
        category: 'photography',
        required_skills: ['photography'],
        location_address: '350 5th Ave',
        location_city: 'New York',
        location_state: 'NY',
        location_latitude: 40.7484,
        location_longitude: -73.9857,
        budget_cents: 5000,
        platform_fee_cents: 800,
        worker_payout_cents: 4200,
        priority: 'urgent',
        deadline: '2026-12-01T17:00:00.000Z',
        proof_types: ['photo', 'video'],
        metadata: { order: 7 },
        worker_id: null,
        proof_attempts: 0,
        created_at: '2026-11-21T09:00:00.000Z',
        updated_at: '2026-11-21T09:00:00.000Z',
      },
    ])
    expect(json.id).toMatch(/^[0-9a-f]{32}$/)
    expect((await send(`GET /tasks/${json.id}`)).json).toEqual(json)
  })

  test('a live task waits to be funded', async () => {
    const { create } = await setUp({ environment: 'live' })
    expect(await create()).toMatchObject({ status: 'pending', environment: 'live' })
  })

  test('a bounty costs 20 %, a task 16 %, rounded half up to a cent', async () => {
    const { send } = await setUp()
    const shares = async (path: string, budget_cents: number) => {
      const { json } = await send(`POST ${path}`, { ...TASK, budget_cents })
      return [json.platform_fee_cents, json.worker_payout_cents]
    }
    expect(await shares('/bounties', 5000)).toEqual([1000, 4000])
    expect(await shares('/tasks', 503)).toEqual([80, 423])
    expect(await shares('/tasks', 528)).toEqual([84, 444])
  })
})

describe('a request about tasks is checked, and 400 names the field and counts against no quota:', () => {
  const prepare = async () => {
    const { url, bearer } = await setUp()
    return { base: `${url}/v1`, bearer }
  }
  const refused = (title: string, change: object, field: string) => ({
    title,
    request: 'POST /tasks',
    json: { ...TASK, ...change },
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
  })
  const at = (change: object) => ({ location: { ...TASK.location, ...change } })
  scenarios(prepare, [
    refused('no title', { title: undefined }, 'title'),
    refused('an empty title', { title: '' }, 'title'),
    refused('a title of 201 characters', { title: 'x'.repeat(201) }, 'title'),
    refused('a title with a control character', { title: 'a\u0000' }, 'title'),
    refused('a description of 2,001 characters', { description: 'x'.repeat(2001) }, 'description'),
    refused('instructions of 5,001 characters', { instructions: 'x'.repeat(5001) }, 'instructions'),
    refused('an unknown category', { category: 'juggling' }, 'category'),
    refused('an unknown skill', { required_skills: ['juggling'] }, 'required_skills[0]'),
    refused('a skill twice', { required_skills: ['driving', 'driving'] }, 'required_skills[1]'),
    refused('no location', { location: undefined }, 'location'),
    refused('no city', at({ city: undefined }), 'location.city'),
    refused('a state in words', at({ state: 'New York' }), 'location.state'),
    refused('91° latitude', at({ latitude: 91 }), 'location.latitude'),
    refused('-91° latitude', at({ latitude: -91 }), 'location.latitude'),
    refused('181° longitude', at({ longitude: 181 }), 'location.longitude'),
    refused('a latitude as text', at({ latitude: '40' }), 'location.latitude'),
    refused('a latitude that is null, as JSON writes NaN', at({ latitude: Number.NaN }), 'location.latitude'),
    refused('a budget of 499 cents', { budget_cents: 499 }, 'budget_cents'),
    refused('half cents', { budget_cents: 500.5 }, 'budget_cents'),
    refused('a budget as text', { budget_cents: '5000' }, 'budget_cents'),
    refused('a budget beyond a million dollars', { budget_cents: 100_000_001 }, 'budget_cents'),
    refused('an unknown priority', { priority: 'asap' }, 'priority'),
    refused('a deadline without a zone', { deadline: '2027-01-01T00:00:00' }, 'deadline'),
    refused('a deadline in the past', { deadline: '2020-01-01T00:00:00Z' }, 'deadline'),
    refused('no proof type', { proof_types: [] }, 'proof_types'),
    refused('an unknown proof type', { proof_types: ['smell'] }, 'proof_types[0]'),
    refused('metadata that is a list', { metadata: [] }, 'metadata'),
    refused('metadata of 17 kB', { metadata: { note: 'x'.repeat(17_000) } }, 'metadata'),
    refused('an unknown simulation', { metadata: { simulate: 'rain' } }, 'metadata.simulate'),
    {
      title: 'metadata of 1 MB is too large a body',
      request: 'POST /tasks',
      json: { ...TASK, metadata: { x: 'x'.repeat(1_048_576) } },
      status: 413,
    },
    { title: 'limit=0', request: 'GET /tasks?limit=0', status: 400, expected: ['"field":"limit"'] },
    { title: 'limit=101', request: 'GET /tasks?limit=101', status: 400, expected: ['"field":"limit"'] },
    { title: 'offset=-1', request: 'GET /tasks?offset=-1', status: 400, expected: ['"field":"offset"'] },
    {
      title: 'an unknown status',
      request: 'GET /tasks?status=x',
      status: 400,
      expected: ['"field":"status"'],
    },
    {
      title: 'a created_after without a zone',
      request: 'GET /tasks?created_after=2026-11-21',
      status: 400,
      expected: ['"field":"created_after"'],
    },
    {
      title: 'unknown fields are ignored, in the body and in the location',
      request: 'POST /tasks',
      json: { ...TASK, surprise: 1, ...at({ country: 'US' }) },
      status: 201,
      forbidden: ['surprise', 'country'],
    },
    {
      title: 'each bound itself is good',
      request: 'POST /tasks',
      json: {
        ...TASK,
        title: '🎯'.repeat(200),
        description: 'x'.repeat(2000),
        instructions: 'x'.repeat(5000),
        budget_cents: 500,
        ...at({ latitude: -90, longitude: 180 }),
      },
      status: 201,
    },
  ])

  test('a refused task is not counted', async () => {
    const { send } = await setUp()
    await send('POST /tasks', { ...TASK, budget_cents: 1 })
    expect((await send('GET /account')).json.tasks_this_month).toBe(0)
  })
})

test('tasks that are asked for at once share their commits, and a refused one takes no other with it', async () => {
  const { app, db, account, bearer, send } = await setUp({ folder: emptyFolder(), environment: 'live' })
  await app.admin.accounts.update({ id: account.id, tasksPerMonth: 40 })
  const holder = app.keys.check('workfunder', bearer)
  if (typeof holder === 'string') throw new Error(holder)
  db.$client.pragma('wal_checkpoint(truncate)')
  const task = newTaskFrom({ ...TASK, category: 'photography' })
  const ends = await Promise.allSettled(
    Array.from({ length: 50 }, () => app.workfunder.tasks.createSoon(holder, 'task', task)),
  )
  const made = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.id] : []))
  expect(new Set(made).size).toBe(40)
  expect(ends.slice(40).map((end) => end.status === 'rejected' && end.reason.code)).toEqual(
    Array.from({ length: 10 }, () => 'QUOTA_EXCEEDED'),
  )
  const { json } = await send('GET /tasks?limit=100')
  expect(json.data.map(({ id }: { id: string }) => id).sort()).toEqual(made.sort())
  // A commit writes each page that it changes, and a task changes several.
  const [{ log = Number.NaN } = {}] = db.$client.pragma('wal_checkpoint(passive)') as { log: number }[]
  expect(log).toBeLessThan(made.length)
})

test('moves that are asked for at once share their commits, and one that is refused takes no other with it', async () => {
  const { app, db, bearer, send } = await setUp({ folder: emptyFolder(), environment: 'live' })
  const holder = app.keys.check('workfunder', bearer)
  if (typeof holder === 'string') throw new Error(holder)
  const { tasks } = app.workfunder
  const task = newTaskFrom({ ...TASK, category: 'photography' })
  const ids = Array.from({ length: 40 }, () => tasks.create(holder, 'task', task).id)
  db.$client.pragma('wal_checkpoint(truncate)')
  const ends = await Promise.allSettled([
    ...ids.map((id) => tasks.cancel(holder, id)),
    tasks.cancel(holder, 'x'),
    tasks.cancel(holder, ids[0] ?? ''),
    tasks.fund(holder, ids[0] ?? ''),
  ])
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value.status : end.reason.code))).toEqual([
    ...ids.map(() => 'cancelled'),
    'NOT_FOUND',
    'INVALID_STATE',
    'INVALID_STATE',
  ])
  const { json } = await send('GET /tasks?limit=100&status=cancelled')
  expect(json.data.map(({ id }: { id: string }) => id).sort()).toEqual(ids.sort())
  const [{ log = Number.NaN } = {}] = db.$client.pragma('wal_checkpoint(passive)') as { log: number }[]
  expect(log).toBeLessThan(ids.length)
})

type Ending = 'account is suspended' | 'key is revoked' | 'key is disabled'

const ENDINGS: [end: Ending, code: string][] = [
  ['account is suspended', 'KEY_INVALID'],
  ['key is revoked', 'KEY_REVOKED'],
  ['key is disabled', 'KEY_INVALID'],
]

/** A holder of a key, and what ends it in the turn in which it is called. */
async function ending() {
  const { app, account, bearer, db } = await setUp()
  const holder = app.keys.check('workfunder', bearer)
  if (typeof holder === 'string') throw new Error(holder)
  const { id } = holder
  function end(how: Ending): void {
    if (how === 'account is suspended') app.accounts.update(account.id, { status: 'suspended' }, OPERATOR)
    else if (how === 'key is revoked') app.keys.revoke(id, OPERATOR)
    else app.keys.disable(id, OPERATOR)
  }
  const task = newTaskFrom({ ...TASK, category: 'photography' })
  return { app, db, account, holder, task, end, ...app.workfunder }
}

test.each(ENDINGS)('a task whose %s before it is stored is refused as its key is', async (how, code) => {
  const { db, holder, tasks, task, end } = await ending()
  const asked = tasks.createSoon(holder, 'task', task).catch((error) => error.code)
  end(how)
  expect(await asked).toBe(code)
  expect(db.$client.prepare('select count(*) from tasks').pluck().get()).toBe(0)
})

test('a task whose account is deleted before it is stored is refused as its key is', async () => {
  const { app, account, holder, tasks, task } = await ending()
  const asked = tasks.createSoon(holder, 'task', task).catch((error) => error.code)
  await app.admin.accounts.delete({ id: account.id, withAll: true })
  expect(await asked).toBe('KEY_INVALID')
})

test.each(ENDINGS)(
  'each change of a task whose %s before it is made is refused as its key is',
  async (how, code) => {
    const { db, holder, tasks, sandbox, task, end } = await ending()
    const { id } = tasks.create(holder, 'task', task)
    const moves = () => db.$client.prepare('select * from task_moves').all()
    const before = moves()
    const asked = [
      tasks.fund(holder, id),
      tasks.cancel(holder, id),
      tasks.approve(holder, id, 'proof'),
      tasks.reject(holder, id, 'proof', 'blurred'),
      tasks.dispute(holder, id, 'not done'),
      sandbox.simulate(holder, id, 'completed'),
    ].map((one) => one.catch((error) => error.code))
    end(how)
    expect(await Promise.all(asked)).toEqual(asked.map(() => code))
    expect(moves()).toEqual(before)
  },
)

describe('a list of tasks', () => {
  test('shows newest first, with total, limit and offset, and both kinds', async () => {
    const { send, clock } = await setUp()
    for (const title of ['one', 'two', 'three']) {
      await send('POST /tasks', { ...TASK, title })
      clock.advance(1000)
    }
    await send('POST /bounties', { ...TASK, title: 'bounty' })
    const page = (await send('GET /tasks?limit=2&offset=1')).json
    expect(page.data.map((task: { title: string }) => task.title)).toEqual(['three', 'two'])
    expect(page.meta).toEqual({ total: 4, limit: 2, offset: 1 })
    const bounties = (await send('GET /bounties')).json
    expect([bounties.meta, bounties.data[0].type]).toEqual([{ total: 1, limit: 20, offset: 0 }, 'bounty'])
  })

  test('filters by status, category and the time of creation', async () => {
    const { send, create, clock } = await setUp()
    const { id } = await create({ category: 'survey' })
    clock.advance(60_000)
    await create()
    await send(`POST /tasks/${id}/cancel`)
    const ids = async (query: string) => (await send(`GET /tasks?${query}`)).json.meta.total
    expect(await ids('status=refunded')).toBe(1)
    expect(await ids('category=survey')).toBe(1)
    expect(await ids('category=notary')).toBe(0)
    expect(await ids('created_after=2026-11-21T09:01:00Z')).toBe(1)
    expect(await ids('created_before=2026-11-21T09:00:00Z')).toBe(1)
  })
})

describe('live and test data never mix', () => {
  test('an id of the other environment, or of another account, is 404 everywhere', async () => {
    const { app, create, workfunder, workfunderKey, account } = await setUp()
    const { id } = await create()
    const other = await app.admin.accounts.create({ name: 'other' })
    const strangers = [await workfunderKey('live', account.id), await workfunderKey('test', other.id)]
    const requests = [
      'GET',
      'POST cancel',
      'POST fund',
      'GET proofs',
      'GET dispute',
      'POST simulate',
      'POST dispute',
    ]
    for (const bearer of strangers) {
      for (const request of requests) {
        const [method, action] = request.split(' ')
        const json =
          action === 'simulate'
            ? { to: 'posted' }
            : action === 'dispute' && method === 'POST'
              ? { reason: 'r' }
              : undefined
        const line = `${method} /tasks/${id}${action ? `/${action}` : ''}`
        const reply = await workfunder(line, { bearer, json })
        expect([line, reply.status, reply.json.error.code]).toEqual([line, 404, 'NOT_FOUND'])
      }
      expect((await workfunder('GET /tasks', { bearer })).json.data).toEqual([])
    }
  })

  test('a live task cannot be simulated', async () => {
    const { send, create } = await setUp({ environment: 'live' })
    const { id } = await create()
    expect((await send(`POST /tasks/${id}/simulate`, { to: 'posted' })).status).toBe(404)
  })

  test('a task is no bounty', async () => {
    const { send, create } = await setUp()
    const { id } = await create()
    expect((await send(`GET /bounties/${id}`)).status).toBe(404)
  })
})

describe('what a client may not set', () => {
  const FORGED = {
    id: 'forged',
    status: 'completed',
    environment: 'live',
    type: 'bounty',
    kind: 'bounty',
    account_id: 'forged',
    accountId: 'forged',
    worker_id: 'forged',
    workerId: 'forged',
    platform_fee_cents: 0,
    platformFeeCents: 0,
    worker_payout_cents: 5000,
    workerPayoutCents: 5000,
    proof_attempts: -9,
    proofAttempts: -9,
    created_at: '2020-01-01T00:00:00Z',
    createdAt: 1,
    simulatedAt: 1,
    statusSince: 1,
    deadline_at: 1,
  }

  test('changes nothing in the body of a new task', async () => {
    const { create, send } = await setUp()
    const plain = await create()
    const forged = await create(FORGED)
    expect({ ...forged, id: plain.id }).toEqual(plain)
    expect((await send('GET /tasks/forged')).status).toBe(404)
  })

  test('changes nothing in the body of a rejection, a dispute or a simulation', async () => {
    const { create, send } = await setUp()
    const { id } = await create()
    const moved = await send(`POST /tasks/${id}/simulate`, { to: 'proof_submitted', ...FORGED })
    expect(moved.json).toMatchObject({ id, status: 'proof_submitted', proof_attempts: 1 })
    const [proof] = (await send(`GET /tasks/${id}/proofs`)).json.data
    const rejected = await send(`POST /tasks/${id}/proofs/${proof.id}/reject`, { reason: 'r', ...FORGED })
    expect(rejected.json).toMatchObject({ id, status: 'proof_rejected', environment: 'test' })
    await send(`POST /tasks/${id}/simulate`, { to: 'proof_submitted' })
    const forged = { reason: 'r', ...FORGED, opened_by: 'worker', evidence_deadline: '2030-01-01T00:00:00Z' }
    expect((await send(`POST /tasks/${id}/dispute`, forged)).json).toMatchObject({
      task_id: id,
      opened_by: 'developer',
      evidence_deadline: '2026-11-23T09:00:00.000Z',
    })
  })
})

describe('the monthly limits of tasks', () => {
  test('let one of fifty at once pass where one is left; the others are 403 TASK_LIMIT_EXCEEDED', async () => {
    const { send, clock, app, account } = await setUp({ tier: 'free' })
    await app.admin.accounts.update({ id: account.id, requestsPerMinute: 1000 })
    for (let i = 0; i < 49; i++) await send('POST /tasks', TASK)
    clock.advance(60_000)
    const replies = await Promise.all(Array.from({ length: 50 }, () => send('POST /tasks', TASK)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    const refused = replies.filter(({ status }) => status === 403)
    expect(refused).toHaveLength(49)
    expect(refused[0]?.json).toEqual({
      error: {
        code: 'TASK_LIMIT_EXCEEDED',
        message: 'You have exceeded your monthly task limit for this tier.',
      },
    })
    expect((await send('GET /account')).json.tasks_this_month).toBe(50)
  })

  test('count live and test apart, and bounties with the tasks', async () => {
    const { send, app, account, workfunder, workfunderKey } = await setUp()
    await app.admin.accounts.update({ id: account.id, tasksPerMonth: 2 })
    await send('POST /tasks', TASK)
    await send('POST /bounties', TASK)
    expect((await send('POST /tasks', TASK)).status).toBe(403)
    const bearer = await workfunderKey('live', account.id)
    expect((await workfunder('POST /tasks', { bearer, json: TASK })).status).toBe(201)
    expect((await workfunder('GET /account', { bearer })).json.tasks_this_month).toBe(1)
  })

  test('begin anew when the clock passes into the next billing month', async () => {
    const { send, app, account, clock } = await setUp()
    await app.admin.accounts.update({ id: account.id, tasksPerMonth: 1 })
    await send('POST /tasks', TASK)
    clock.advance(Date.UTC(2026, 11, 1) - 1 - clock.now())
    expect((await send('POST /tasks', TASK)).status).toBe(403)
    clock.advance(1)
    expect((await send('GET /account')).json.tasks_this_month).toBe(0)
    expect((await send('POST /tasks', TASK)).status).toBe(201)
  })

  test('are not forgotten when the day on which the billing month begins is moved, however often', async () => {
    const { send, app, account, clock } = await setUp()
    await app.admin.accounts.update({ id: account.id, tasksPerMonth: 2 })
    await send('POST /tasks', TASK)
    clock.advance(86_400_000)
    for (const billingAnchorDay of [15, 21, 28, 3]) {
      await app.admin.accounts.update({ id: account.id, billingAnchorDay })
      const { status } = await send('POST /tasks', TASK)
      expect([billingAnchorDay, status]).toEqual([billingAnchorDay, billingAnchorDay === 15 ? 201 : 403])
      expect((await send('GET /account')).json.tasks_this_month).toBe(2)
    }
    // From the 22nd on, only the second of them is of this month.
    await app.admin.accounts.update({ id: account.id, billingAnchorDay: 22 })
    const { tasks } = (await send('GET /account/usage')).json
    expect(tasks).toMatchObject({ total: 1, by_day: [{ date: '2026-11-22', tasks: 1 }] })
    expect((await send('POST /tasks', TASK)).status).toBe(201)
    await app.admin.accounts.update({ id: account.id, billingAnchorDay: 1 })
    expect((await send('GET /account/usage')).json.tasks.by_day).toEqual([
      { date: '2026-11-21', tasks: 1 },
      { date: '2026-11-22', tasks: 2 },
    ])
  })

  test('are none for pro and enterprise, and an account’s own goes before its tier’s', async () => {
    const { send, app, account } = await setUp({ tier: 'pro' })
    expect((await send('GET /account/usage')).json.tasks.limit_per_month).toBeNull()
    await app.admin.accounts.update({ id: account.id, tasksPerMonth: 0 })
    expect((await send('POST /tasks', TASK)).status).toBe(403)
  })
})

test('usage shows requests and tasks of the billing month, by day and by key, with the limits', async () => {
  const { send, create, clock, workfunder, workfunderKey, account } = await setUp({ tier: 'growth' })
  await create()
  clock.advance(86_400_000)
  await create()
  const second = await workfunderKey('test', account.id)
  await workfunder('GET /account', { bearer: second })
  await workfunder('GET /account', { bearer: await workfunderKey('live', account.id) })
  const { json } = await send('GET /account/usage')
  expect(json).toMatchObject({
    environment: 'test',
    period_start: '2026-11-01T00:00:00.000Z',
    period_end: '2026-12-01T00:00:00.000Z',
    requests: {
      total: 4,
      limit_per_minute: 100,
      by_day: [
        { date: '2026-11-21', requests: 1 },
        { date: '2026-11-22', requests: 3 },
      ],
    },
    tasks: {
      total: 2,
      limit_per_month: 500,
      by_day: [
        { date: '2026-11-21', tasks: 1 },
        { date: '2026-11-22', tasks: 1 },
      ],
    },
  })
  expect(json.requests.by_key.map((key: { requests: number }) => key.requests)).toEqual([3, 1])
})
