import { describe, expect, test } from 'bun:test'
import { newTaskFrom } from '../../../src/workfunder/api/inputs.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { portalApp, proofForm, TIMES_SQUARE } from '../../helpers/portal-app.ts'

const HOUR_MS = 3_600_000
/** An hour after the tests' clock starts. */
const DEADLINE = { deadline: '2026-11-21T10:00:00Z' }

/** Ways into each state in which nobody's money may stay for ever. */
const STATES = ['pending', 'posted', 'assigned', 'in_progress', 'proof_submitted', 'proof_rejected'] as const

type State = (typeof STATES)[number]

/** A Keyward, and how to bring a live task of 5,000 cents into a state. */
async function setUp() {
  const keyward = await portalApp()
  const { app, developer, portal, clock, account } = keyward

  async function taskIn(state: State, change: object = {}): Promise<string> {
    const { id } = (await developer('POST /tasks', { ...TASK, ...change })).json
    const steps: (() => Promise<unknown>)[] = [
      () => developer(`POST /tasks/${id}/fund`),
      () => portal(`POST /tasks/${id}/accept`),
      () => portal(`POST /tasks/${id}/check-in`, { json: TIMES_SQUARE }),
      () => portal(`POST /tasks/${id}/proof`, { body: proofForm() }),
      () => reject(id),
    ]
    for (const step of steps.slice(0, STATES.indexOf(state))) await step()
    expect(await statusOf(id)).toBe(state)
    return id
  }

  async function reject(id: string) {
    const proof = (await proofsOf(id)).findLast(({ status }) => status === 'pending')
    return developer(`POST /tasks/${id}/proofs/${proof?.id}/reject`, { reason: 'blurred' })
  }

  const statusOf = async (id: string): Promise<string> => (await developer(`GET /tasks/${id}`)).json.status
  const proofsOf = async (id: string): Promise<{ id: string; status: string; rejection_reason: string }[]> =>
    (await developer(`GET /tasks/${id}/proofs`)).json.data
  const pass = (ms: number) => {
    clock.advance(ms)
    app.tick()
  }
  const money = (id: string) => [app.ledger.balance(account.id), app.ledger.escrow(id)]
  return { ...keyward, taskIn, reject, statusOf, proofsOf, pass, money }
}

const TASK = {
  title: 'Photograph',
  description: 'Three pictures',
  category: 'photography',
  budget_cents: 5000,
  location: { city: 'New York', state: 'NY', ...TIMES_SQUARE },
}

describe('at its deadline', () => {
  test.each(['posted', 'assigned', 'in_progress'] as const)(
    'a task that is %s is cancelled, and its money goes back',
    async (state) => {
      const { taskIn, statusOf, pass, money, db } = await setUp()
      const id = await taskIn(state, DEADLINE)
      expect(money(id)).toEqual([45_000, 5000])
      pass(HOUR_MS - 1)
      expect(await statusOf(id)).toBe(state)
      pass(1)
      expect(await statusOf(id)).toBe('refunded')
      expect(money(id)).toEqual([50_000, 0])
      const moves = db.$client
        .prepare('select "to", actor from task_moves where task_id = ? order by seq')
        .raw()
      expect(moves.all(id).slice(-2)).toEqual([
        ['cancelled', 'system'],
        ['refunded', 'system'],
      ])
    },
  )

  test('a task that cannot be ended keeps no other one from its end', async () => {
    const { taskIn, statusOf, pass, db } = await setUp()
    const stuck = await taskIn('posted', DEADLINE)
    const other = await taskIn('posted', DEADLINE)
    db.$client.exec(`create trigger stuck before update on tasks when old.id = '${stuck}'
      begin select raise(abort, 'broken by hand'); end`)
    pass(HOUR_MS)
    expect([await statusOf(stuck), await statusOf(other)]).toEqual(['posted', 'refunded'])
  })

  test('a task that nobody paid for is cancelled', async () => {
    const { taskIn, statusOf, pass, money } = await setUp()
    const id = await taskIn('pending', DEADLINE)
    pass(HOUR_MS)
    expect([await statusOf(id), ...money(id)]).toEqual(['cancelled', 50_000, 0])
  })

  test('a task whose proof is in goes on: the developer still approves it', async () => {
    const { taskIn, statusOf, pass, proofsOf, developer } = await setUp()
    const id = await taskIn('proof_submitted', DEADLINE)
    pass(30 * 24 * HOUR_MS)
    expect(await statusOf(id)).toBe('proof_submitted')
    const [proof] = await proofsOf(id)
    expect((await developer(`POST /tasks/${id}/proofs/${proof?.id}/approve`)).json.status).toBe('completed')
  })

  test('a task whose proof was rejected stays for the 72 hours in which the worker may dispute that', async () => {
    const { taskIn, statusOf, pass, money } = await setUp()
    const id = await taskIn('proof_rejected', DEADLINE)
    pass(72 * HOUR_MS)
    expect(await statusOf(id)).toBe('proof_rejected')
    pass(1)
    expect([await statusOf(id), ...money(id)]).toEqual(['refunded', 50_000, 0])
  })

  test('a task without one stays', async () => {
    const { taskIn, statusOf, pass } = await setUp()
    const id = await taskIn('assigned')
    pass(365 * 24 * HOUR_MS)
    expect(await statusOf(id)).toBe('assigned')
  })

  test('all of many tasks end, some in each round', async () => {
    const { taskIn, pass, db, app, account, money } = await setUp()
    const id = await taskIn('posted', DEADLINE)
    app.ledger.credit(account.id, 1_000_000, OPERATOR)
    const holder = app.keys.check('workfunder', (await app.admin.keys.create(LIVE_KEY(account.id))).key)
    if (typeof holder === 'string') throw new Error(holder)
    for (let i = 0; i < 120; i++) {
      const input = { ...TASK, ...DEADLINE, category: 'photography' as const }
      await app.workfunder.tasks.fund(
        holder,
        app.workfunder.tasks.create(holder, 'task', newTaskFrom(input)).id,
      )
    }
    const left = db.$client.prepare(`select count(*) from tasks where status = 'posted'`).pluck()
    pass(HOUR_MS)
    expect(left.get()).toBeGreaterThan(0)
    for (let i = 0; i < 5; i++) pass(0)
    expect(left.get()).toBe(0)
    expect(money(id)).toEqual([1_050_000, 0])
  })
})

const LIVE_KEY = (accountId: string) =>
  ({ api: 'workfunder', environment: 'live', name: 'n', accountId }) as const

describe('after its deadline, before anybody looked,', () => {
  test('a task is not paid for, accepted, checked in to or proved', async () => {
    const { taskIn, clock, developer, portal, statusOf } = await setUp()
    const [pending, posted, assigned, begun, rejected] = [
      await taskIn('pending', DEADLINE),
      await taskIn('posted', DEADLINE),
      await taskIn('assigned', DEADLINE),
      await taskIn('in_progress', DEADLINE),
      await taskIn('proof_rejected', DEADLINE),
    ]
    clock.advance(HOUR_MS)
    for (const [id, status, reply] of [
      [pending, 'pending', await developer(`POST /tasks/${pending}/fund`)],
      [posted, 'posted', await portal(`POST /tasks/${posted}/accept`)],
      [assigned, 'assigned', await portal(`POST /tasks/${assigned}/check-in`, { json: TIMES_SQUARE })],
      [begun, 'in_progress', await portal(`POST /tasks/${begun}/proof`, { body: proofForm() })],
      [rejected, 'proof_rejected', await portal(`POST /tasks/${rejected}/proof`, { body: proofForm() })],
    ] as const) {
      expect([reply.status, reply.json.error]).toEqual([
        409,
        { code: 'INVALID_STATE', message: 'The deadline of the task has passed: 2026-11-21T10:00:00.000Z.' },
      ])
      expect(await statusOf(id)).toBe(status)
    }
  })
})

describe('in the test environment', () => {
  test('a deadline comes before the steps of the simulated worker that it cuts off, whatever the clock leaps over', async () => {
    const { app, db, account, clock, workfunder, workfunderKey } = await setUp()
    const bearer = await workfunderKey('test', account.id)
    const create = async (seconds: number) => {
      const deadline = new Date(clock.now() + seconds * 1000).toISOString()
      return (await workfunder('POST /tasks', { bearer, json: { ...TASK, deadline } })).json.id
    }
    const movesOf = (id: string) =>
      db.$client.prepare('select "to" from task_moves where task_id = ? order by seq').pluck().all(id)
    const [late, soon] = [await create(20), await create(3)]
    clock.advance(30 * 24 * HOUR_MS)
    for (let i = 0; i < 3; i++) app.tick()
    expect(movesOf(soon)).toEqual(['pending', 'funded', 'posted', 'cancelled', 'refunded'])
    expect(movesOf(late)).toEqual([
      ...['pending', 'funded', 'posted', 'assigned', 'in_progress', 'proof_submitted', 'completed'].slice(
        0,
        5,
      ),
      ...['cancelled', 'refunded'],
    ])
  })
})

test('a step of the simulated worker that an older release planned for after the deadline is not made', async () => {
  const { app, db, account, clock, workfunder, workfunderKey, statusOf } = await setUp()
  const bearer = await workfunderKey('test', account.id)
  const create = async (change: object) =>
    (await workfunder('POST /tasks', { bearer, json: { ...TASK, ...change } })).json.id
  const planned = await create({ deadline: new Date(clock.now() + 2000).toISOString() })
  clock.advance(1000)
  app.tick()
  db.$client.prepare('update tasks set simulated_at = ? where id = ?').run(clock.now() + 4000, planned)
  const other = await create({})
  clock.advance(HOUR_MS)
  app.tick()
  const statuses = db.$client
    .prepare('select status from tasks where id in (?, ?) order by created_at')
    .pluck()
  expect(statuses.all(planned, other)).toEqual(['refunded', 'completed'])
  expect(await statusOf(planned)).toBeUndefined()
})

describe('a worker who is suspended', () => {
  test('while a proof waits for its review leaves the task to others once it is rejected', async () => {
    const { app, ada, bob, taskIn, reject, statusOf, portal, developer } = await setUp()
    const id = await taskIn('proof_submitted')
    await app.admin.workers.suspend({ id: ada.id })
    expect(await statusOf(id)).toBe('proof_submitted')
    await reject(id)
    expect((await developer(`GET /tasks/${id}`)).json).toMatchObject({ status: 'posted', worker_id: null })
    expect((await portal(`POST /tasks/${id}/accept`, { bearer: bob.key })).status).toBe(200)
  })

  test('is paid for a proof that is approved after all', async () => {
    const { app, ada, taskIn, proofsOf, developer } = await setUp()
    const id = await taskIn('proof_submitted')
    await app.admin.workers.suspend({ id: ada.id })
    const [proof] = await proofsOf(id)
    await developer(`POST /tasks/${id}/proofs/${proof?.id}/approve`)
    expect(app.ledger.earned(ada.id)).toBe(4200)
  })
})

describe('the operator', () => {
  test.each(STATES)('cancels a task that is %s, and what was paid goes back', async (state) => {
    const { app, taskIn, statusOf, proofsOf, money } = await setUp()
    const id = await taskIn(state)
    const end = state === 'pending' ? 'cancelled' : 'refunded'
    expect(await app.admin.tasks.cancel({ taskId: id })).toMatchObject({ taskId: id, status: end })
    expect([await statusOf(id), ...money(id)]).toEqual([end, 50_000, 0])
    for (const proof of await proofsOf(id)) expect(proof.status).toBe('rejected')
    await expect(app.admin.tasks.cancel({ taskId: id })).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })

  test('cancels neither what is paid out nor what is in dispute, nor a task that is not there', async () => {
    const { app, taskIn, proofsOf, developer, money } = await setUp()
    const id = await taskIn('proof_submitted')
    const [proof] = await proofsOf(id)
    await developer(`POST /tasks/${id}/proofs/${proof?.id}/approve`)
    await expect(app.admin.tasks.cancel({ taskId: id })).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await developer(`POST /tasks/${id}/dispute`, { reason: 'r' })
    await expect(app.admin.tasks.cancel({ taskId: id })).rejects.toMatchObject({ code: 'INVALID_STATE' })
    expect(money(id)).toEqual([45_000, 5000])
    await expect(app.admin.tasks.cancel({ taskId: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a developer is told whose move it is', async () => {
    const { taskIn, developer } = await setUp()
    const id = await taskIn('assigned')
    expect((await developer(`POST /tasks/${id}/cancel`)).json.error).toEqual({
      code: 'INVALID_STATE',
      message:
        'The task is assigned and cannot become cancelled: it can become in_progress, posted; only system or operator may make that move.',
    })
  })
})
