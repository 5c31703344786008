import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type AppParts, createApp } from '../../src/app.ts'
import { openDatabase } from '../../src/db/open.ts'
import { HOUR_MS } from '../../src/lib/duration.ts'
import { newTaskFrom } from '../../src/workfunder/api/inputs.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { emptyFolder } from '../helpers/process.ts'
import { NO_RUNS, TEST_SECRET, testApp } from '../helpers/test-app.ts'
import { testDatabase } from '../helpers/test-database.ts'

const TASK = {
  title: 'Photograph',
  description: 'Three pictures',
  category: 'photography',
  budget_cents: 5000,
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
}

async function setUp(simulate?: string) {
  const keyward = testApp()
  const account = await keyward.app.admin.accounts.create({ name: 'Acme', tier: 'enterprise' })
  const bearer = await keyward.workfunderKey('test', account.id)
  const send = (line: string, json?: unknown) => keyward.workfunder(line, { bearer, json })
  const { id } = (await send('POST /tasks', { ...TASK, metadata: { simulate } })).json
  const statusOf = async () => (await send(`GET /tasks/${id}`)).json.status
  /** Lets so much time pass, and the sandbox run. */
  const pass = async (ms: number) => {
    keyward.clock.advance(ms)
    keyward.app.tick()
    return statusOf()
  }
  const movesOf = () =>
    keyward.db.$client
      .prepare('select "to", at - (select min(at) from task_moves) from task_moves order by seq')
      .raw()
      .all()
  return { ...keyward, send, id, statusOf, pass, movesOf }
}

describe('the simulated worker', () => {
  test('stops at a task whose move fails, and goes on with all others', async () => {
    const { db, send, id, pass } = await setUp()
    const other = (await send('POST /tasks', TASK)).json.id
    db.$client.exec(`create trigger broken before update on tasks when old.id = '${id}' and new.status <> old.status
      begin select raise(abort, 'broken by hand'); end`)
    expect(await pass(60_000)).toBe('funded')
    expect((await send(`GET /tasks/${other}`)).json.status).toBe('completed')
  })

  test('takes a task from funded to completed on the documented timeline', async () => {
    const { pass, statusOf } = await setUp()
    const seen = [await statusOf()]
    for (const ms of [999, 1, 4000, 5000, 10_000, 9999, 1]) seen.push(await pass(ms))
    expect(seen).toEqual([
      'funded',
      'funded',
      'posted',
      'assigned',
      'in_progress',
      'proof_submitted',
      'proof_submitted',
      'completed',
    ])
  })

  test('makes each move at its own time, also where the clock leaps over them all', async () => {
    const { pass, movesOf } = await setUp()
    expect(await pass(3_600_000)).toBe('completed')
    expect(movesOf()).toEqual([
      ...[
        ['pending', 0],
        ['funded', 0],
        ['posted', 1000],
        ['assigned', 5000],
        ['in_progress', 10_000],
      ],
      ...[
        ['proof_submitted', 20_000],
        ['completed', 30_000],
      ],
    ])
  })

  test('makes a proof within range, for the developer to see', async () => {
    const { send, id, pass } = await setUp()
    await pass(30_000)
    const { data, meta } = (await send(`GET /tasks/${id}/proofs`)).json
    expect(meta).toEqual({ total: 1, limit: 20, offset: 0 })
    expect(data[0]).toMatchObject({
      task_id: id,
      attempt_number: 1,
      type: 'photo',
      geo_valid: true,
      status: 'approved',
      file_url: null,
      rejection_reason: null,
      reviewed_at: '2026-11-21T09:00:30.000Z',
      created_at: '2026-11-21T09:00:20.000Z',
    })
    expect(data[0].distance_from_task_meters).toBeWithin(1, 500)
  })

  test('does nothing more once the developer has cancelled', async () => {
    const { send, id, pass } = await setUp()
    await pass(1000)
    expect((await send(`POST /tasks/${id}/cancel`)).json.status).toBe('refunded')
    expect(await pass(3_600_000)).toBe('refunded')
  })

  test('leaves the review to the developer who is faster', async () => {
    const { send, id, pass, movesOf } = await setUp()
    await pass(20_000)
    const proof = (await send(`GET /tasks/${id}/proofs`)).json.data[0]
    expect((await send(`POST /tasks/${id}/proofs/${proof.id}/approve`)).json.status).toBe('completed')
    await pass(3_600_000)
    expect(movesOf()).toHaveLength(7)
  })
})

describe('metadata.simulate forces the outcome', () => {
  test.each([
    ['no_worker', 'posted', []],
    ['proof_rejected_once', 'completed', ['rejected', 'approved']],
    ['proof_rejected', 'refunded', ['rejected', 'rejected', 'rejected']],
    ['gps_out_of_range', 'refunded', ['rejected', 'rejected', 'rejected']],
    ['worker_cancels', 'completed', ['approved']],
    ['dispute', 'disputed', ['pending']],
  ])('%s ends %s, with proofs %p', async (simulate, end, reviews) => {
    const { send, id, pass } = await setUp(simulate)
    expect(await pass(3_600_000)).toBe(end)
    const proofs = (await send(`GET /tasks/${id}/proofs`)).json.data
    expect(proofs.map((proof: { status: string }) => proof.status)).toEqual(reviews)
    for (const proof of proofs) expect(proof.geo_valid).toBe(simulate !== 'gps_out_of_range')
  })

  test('worker_cancels brings a second worker', async () => {
    const { send, id, pass } = await setUp('worker_cancels')
    await pass(5000)
    const first = (await send(`GET /tasks/${id}`)).json.worker_id
    await pass(5000)
    expect((await send(`GET /tasks/${id}`)).json).toMatchObject({ status: 'posted', worker_id: null })
    await pass(4000)
    const second = (await send(`GET /tasks/${id}`)).json.worker_id
    expect(second).not.toBe(first)
  })
})

describe('POST /tasks/:id/simulate', () => {
  test.each([
    'posted',
    'assigned',
    'in_progress',
    'proof_submitted',
    'completed',
    'proof_rejected',
    'refunded',
    'disputed',
    'cancelled',
  ])('moves a task to %s at once', async (to) => {
    const { send, id } = await setUp()
    const reply = await send(`POST /tasks/${id}/simulate`, { to })
    const end = to === 'cancelled' ? 'refunded' : to
    expect([reply.status, reply.json.status]).toEqual([200, end])
  })

  test.each([
    ...['posted', 'assigned', 'in_progress', 'proof_submitted', 'proof_rejected', 'completed', 'disputed'],
  ])('moves a task from %s to refunded', async (from) => {
    const { send, id } = await setUp()
    await send(`POST /tasks/${id}/simulate`, { to: from })
    const reply = await send(`POST /tasks/${id}/simulate`, { to: 'refunded' })
    expect([reply.status, reply.json.status]).toEqual([200, 'refunded'])
    for (const proof of (await send(`GET /tasks/${id}/proofs`)).json.data) {
      expect(proof.status).not.toBe('pending')
    }
  })

  test('completes a task whose proof was rejected by another attempt, which is approved, and by no dispute', async () => {
    const { send, id } = await setUp()
    await send(`POST /tasks/${id}/simulate`, { to: 'proof_rejected' })
    expect((await send(`POST /tasks/${id}/simulate`, { to: 'completed' })).json.status).toBe('completed')
    const proofs: { attempt_number: number; status: string }[] = (await send(`GET /tasks/${id}/proofs`)).json
      .data
    expect(proofs.map((proof) => [proof.attempt_number, proof.status])).toEqual([
      [1, 'rejected'],
      [2, 'approved'],
    ])
    expect((await send(`GET /tasks/${id}/dispute`)).status).toBe(404)
  })

  test('completes a task whose proof was rejected by a dispute where its deadline leaves no other attempt', async () => {
    const { send, clock } = await setUp()
    const deadline = new Date(clock.now() + HOUR_MS).toISOString()
    const { id } = (await send('POST /tasks', { ...TASK, deadline })).json
    await send(`POST /tasks/${id}/simulate`, { to: 'proof_rejected' })
    clock.advance(2 * HOUR_MS)
    expect((await send(`POST /tasks/${id}/simulate`, { to: 'completed' })).json.status).toBe('completed')
    expect((await send(`GET /tasks/${id}/dispute`)).status).toBe(200)
  })

  test('is 409 where the task is there already, in as many words', async () => {
    const { send, id } = await setUp()
    for (const to of ['posted', 'proof_rejected', 'completed']) {
      await send(`POST /tasks/${id}/simulate`, { to })
      const again = await send(`POST /tasks/${id}/simulate`, { to })
      expect([again.status, again.json.error.message]).toEqual([409, `The task is ${to} already.`])
    }
  })

  test('is 409 where no way leads there, and 400 for what is no state', async () => {
    const { send, id } = await setUp()
    await send(`POST /tasks/${id}/simulate`, { to: 'refunded' })
    const back = await send(`POST /tasks/${id}/simulate`, { to: 'posted' })
    expect([back.status, back.json.error.code]).toEqual([409, 'INVALID_STATE'])
    expect((await send(`POST /tasks/${id}/simulate`, { to: 'done' })).status).toBe(400)
  })

  test('is 409 where the task would go another way, and makes no move', async () => {
    const { send, id, statusOf, movesOf } = await setUp()
    for (const to of ['proof_rejected', 'in_progress', 'proof_rejected', 'in_progress', 'proof_submitted'])
      expect((await send(`POST /tasks/${id}/simulate`, { to })).json.status).toBe(to)
    const before = movesOf()
    const refused = await send(`POST /tasks/${id}/simulate`, { to: 'in_progress' })
    expect([refused.status, refused.json.error]).toEqual([
      409,
      { code: 'INVALID_STATE', message: 'The task would become refunded and cannot become in_progress.' },
    ])
    expect([await statusOf(), movesOf()]).toEqual(['proof_submitted', before])
  })

  test('to proof_rejected for the third time goes on to the refund, as every third rejection', async () => {
    const { send, id, movesOf } = await setUp()
    for (const to of ['proof_rejected', 'in_progress', 'proof_rejected', 'in_progress', 'proof_rejected'])
      expect((await send(`POST /tasks/${id}/simulate`, { to })).status).toBe(200)
    expect(movesOf().slice(-2)).toEqual([
      ['proof_rejected', 0],
      ['refunded', 0],
    ])
  })

  test('goes on by itself from there', async () => {
    const { send, id, pass } = await setUp()
    await send(`POST /tasks/${id}/simulate`, { to: 'in_progress' })
    expect(await pass(20_000)).toBe('completed')
  })
})

test('a restart in the middle changes nothing: no move is lost, made twice or taken back', async () => {
  const file = join(emptyFolder(), 'keyward.db')
  const clock = manualClock()
  const parts = {
    secret: TEST_SECRET,
    clock,
    addressLimit: 300,
    sandboxPace: 1,
    proofsFolder: '/nowhere',
    ...NO_RUNS,
  }
  const open = () =>
    createApp({
      ...parts,
      egress: { allowPrivate: false, allowHttpLoopback: false },
      db: openDatabase(file),
    } as AppParts)
  let app = open()
  const { key } = await app.admin.keys.create({ api: 'workfunder', environment: 'test', name: 'n' })
  const holder = app.keys.check('workfunder', key)
  if (typeof holder === 'string') throw new Error(holder)
  const { id } = app.workfunder.tasks.create(
    holder,
    'task',
    newTaskFrom({ ...TASK, category: 'photography' }),
  )
  for (let second = 0; second < 40; second++) {
    clock.advance(1000)
    app.tick()
    await app.close()
    app = open()
  }
  expect(app.workfunder.tasks.find(holder, id)).toMatchObject({
    status: 'completed',
    statusSince: clock.now() - 10_000,
  })
  await app.close()
})

test('--sandbox-pace scales the timeline', async () => {
  const clock = manualClock()
  const parts = { secret: TEST_SECRET, clock, addressLimit: 300, db: testDatabase() }
  const app = createApp({
    ...parts,
    ...NO_RUNS,
    sandboxPace: 0.1,
    proofsFolder: '/nowhere',
    egress: { allowPrivate: false, allowHttpLoopback: false },
  })
  const { key } = await app.admin.keys.create({ api: 'workfunder', environment: 'test', name: 'n' })
  const holder = app.keys.check('workfunder', key)
  if (typeof holder === 'string') throw new Error(holder)
  const { id } = app.workfunder.tasks.create(
    holder,
    'task',
    newTaskFrom({ ...TASK, category: 'photography' }),
  )
  clock.advance(2999)
  app.tick()
  expect(app.workfunder.tasks.find(holder, id).status).toBe('proof_submitted')
  clock.advance(1)
  app.tick()
  expect(app.workfunder.tasks.find(holder, id).status).toBe('completed')
  await app.close()
})
