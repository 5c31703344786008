import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { newTaskFrom } from '../../../src/workfunder/api/inputs.ts'
import { MOVES } from '../../../src/workfunder/tasks/lifecycle.ts'
import type { Task } from '../../../src/workfunder/tasks/task.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { testApp } from '../../helpers/test-app.ts'

const HOUR_MS = 3_600_000
const TASK = {
  title: 'Photograph',
  description: 'Three pictures',
  category: 'photography' as const,
  budget_cents: 5000,
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
}
const PROOF = {
  type: 'photo' as const,
  fileName: null,
  contentType: 'image/jpeg',
  fileSizeBytes: 9,
  deviceInfo: {},
  latitude: 40.7484,
  longitude: -73.9857,
}

const W1 = { id: 'w1', skills: [] }

async function setUp(balanceCents = 10_000) {
  const keyward = testApp()
  const account = await keyward.app.admin.accounts.create({ name: 'Acme', tier: 'enterprise' })
  if (balanceCents > 0) keyward.app.ledger.credit(account.id, balanceCents, OPERATOR)
  const bearer = await keyward.workfunderKey('live', account.id)
  const send = (line: string, json?: unknown) => keyward.workfunder(line, { bearer, json })
  const create = async () => (await send('POST /tasks', TASK)).json.id as string
  const { ledger, workfunder: operations } = keyward.app
  const work = operations.taskWork
  const money = (id: string, worker = 'w1') => ({
    balance: ledger.balance(account.id),
    escrow: ledger.escrow(id),
    worker: ledger.earned(worker),
    platform: ledger.platformFees(),
  })
  return { ...keyward, account, send, create, work, money, operations, ledger }
}

describe('the money of a task', () => {
  test('goes from the balance to escrow, and on completion to worker and platform', async () => {
    const { send, create, work, money } = await setUp()
    const id = await create()
    expect((await send(`POST /tasks/${id}/fund`)).json.status).toBe('posted')
    expect(money(id)).toEqual({ balance: 5000, escrow: 5000, worker: 0, platform: 0 })
    work.accept(W1, id)
    work.checkIn('w1', id)
    const proof = work.submitProof('w1', id, PROOF)
    expect((await send(`POST /tasks/${id}/proofs/${proof.id}/approve`)).json.status).toBe('completed')
    expect(money(id)).toEqual({ balance: 5000, escrow: 0, worker: 4200, platform: 800 })
    expect((await send('GET /account')).json.balance_cents).toBe(5000)
  })

  test('does not move where the balance is too small: INSUFFICIENT_FUNDS (402) says what is missing', async () => {
    const { send, create, money } = await setUp(3750)
    const id = await create()
    const { status, json } = await send(`POST /tasks/${id}/fund`)
    expect([status, json.error.code]).toEqual([402, 'INSUFFICIENT_FUNDS'])
    expect(json.error.message).toContain('1250 cents are missing')
    expect((await send(`GET /tasks/${id}`)).json.status).toBe('pending')
    expect(money(id)).toMatchObject({ balance: 3750, escrow: 0 })
  })

  test('goes back when a funded task is cancelled, and after the third rejection', async () => {
    const { send, create, work, money } = await setUp()
    const cancelled = await create()
    await send(`POST /tasks/${cancelled}/fund`)
    expect((await send(`POST /tasks/${cancelled}/cancel`)).json.status).toBe('refunded')
    expect(money(cancelled)).toMatchObject({ balance: 10_000, escrow: 0 })

    const rejected = await create()
    await send(`POST /tasks/${rejected}/fund`)
    work.accept(W1, rejected)
    work.checkIn('w1', rejected)
    const ends = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      const proof = work.submitProof('w1', rejected, PROOF)
      expect(proof.attemptNumber).toBe(attempt)
      ends.push(
        (await send(`POST /tasks/${rejected}/proofs/${proof.id}/reject`, { reason: 'blurred' })).json.status,
      )
    }
    expect(ends).toEqual(['proof_rejected', 'proof_rejected', 'refunded'])
    expect(money(rejected)).toMatchObject({ balance: 10_000, escrow: 0, worker: 0 })
  })

  test('is nothing where an unfunded task is cancelled', async () => {
    const { send, create, money } = await setUp()
    const id = await create()
    expect((await send(`POST /tasks/${id}/cancel`)).json.status).toBe('cancelled')
    expect(money(id)).toMatchObject({ balance: 10_000, escrow: 0 })
  })

  test('does not move in the test environment', async () => {
    const { app, workfunder, workfunderKey, account, money } = await setUp()
    const bearer = await workfunderKey('test', account.id)
    const { id } = (await workfunder('POST /tasks', { bearer, json: TASK })).json
    await workfunder(`POST /tasks/${id}/simulate`, { bearer, json: { to: 'completed' } })
    expect(money(id)).toEqual({ balance: 10_000, escrow: 0, worker: 0, platform: 0 })
    expect(app.ledger.total()).toBe(0)
  })
})

describe('two at once have one outcome', () => {
  test('two cancels: one refunds, the other is told INVALID_STATE', async () => {
    const { send, create, money } = await setUp()
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    const replies = await Promise.all([send(`POST /tasks/${id}/cancel`), send(`POST /tasks/${id}/cancel`)])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(money(id).balance).toBe(10_000)
  })

  test('an approval beside a rejection: one decides, the other is told INVALID_STATE', async () => {
    const { send, create, work, ledger } = await setUp()
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    work.accept(W1, id)
    work.checkIn('w1', id)
    const { id: proof } = work.submitProof('w1', id, PROOF)
    const replies = await Promise.all([
      send(`POST /tasks/${id}/proofs/${proof}/approve`),
      send(`POST /tasks/${id}/proofs/${proof}/reject`, { reason: 'blurred' }),
    ])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(ledger.total()).toBe(0)
  })

  test('two workers who accept: one gets the task', async () => {
    const { send, create, work } = await setUp()
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    work.accept(W1, id)
    expect(() => work.accept({ id: 'w2', skills: [] }, id)).toThrow(
      'The task is assigned and cannot become assigned',
    )
    expect(() => work.checkIn('w2', id)).toThrow('Task not found')
  })
})

describe('a wrong move is 409 INVALID_STATE naming the state and the allowed moves', () => {
  test('funding twice', async () => {
    const { send, create } = await setUp()
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    const { status, json } = await send(`POST /tasks/${id}/fund`)
    expect([status, json.error]).toEqual([
      409,
      {
        code: 'INVALID_STATE',
        message: 'The task is posted and cannot become funded: it can become assigned, cancelled.',
      },
    ])
  })

  test('cancelling what a worker has', async () => {
    const { send, create, work } = await setUp()
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    work.accept(W1, id)
    expect((await send(`POST /tasks/${id}/cancel`)).json.error.message).toContain(
      'it can become in_progress, posted',
    )
  })
})

describe('disputes', () => {
  async function completed() {
    const keyward = await setUp()
    const { send, create, work } = keyward
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    work.accept(W1, id)
    work.checkIn('w1', id)
    const { id: proof } = work.submitProof('w1', id, PROOF)
    await send(`POST /tasks/${id}/proofs/${proof}/approve`)
    return { ...keyward, id }
  }

  test('freeze the money, with 48 hours for evidence', async () => {
    const { send, id, money } = await completed()
    const { status, json } = await send(`POST /tasks/${id}/dispute`, { reason: 'wrong store' })
    expect([status, json]).toEqual([
      201,
      {
        id: json.id,
        task_id: id,
        opened_by: 'developer',
        reason: 'wrong store',
        evidence_deadline: '2026-11-23T09:00:00.000Z',
        created_at: '2026-11-21T09:00:00.000Z',
      },
    ])
    expect(json.id).toMatch(/^disp_[0-9a-f]{12}$/)
    expect(money(id)).toEqual({ balance: 5000, escrow: 5000, worker: 0, platform: 0 })
    expect((await send(`GET /tasks/${id}/dispute`)).json).toEqual(json)
  })

  test('a developer has 48 hours and not a millisecond more', async () => {
    const late = await completed()
    late.clock.advance(48 * HOUR_MS + 1)
    const refused = await late.send(`POST /tasks/${late.id}/dispute`, { reason: 'r' })
    expect([refused.status, refused.json.error.code]).toEqual([409, 'INVALID_STATE'])
    expect((await late.send(`GET /tasks/${late.id}`)).json.status).toBe('completed')
    const inTime = await completed()
    inTime.clock.advance(48 * HOUR_MS)
    expect((await inTime.send(`POST /tasks/${inTime.id}/dispute`, { reason: 'r' })).status).toBe(201)
  })

  test('a worker has 72 hours', async () => {
    const { clock, work, id } = await completed()
    clock.advance(72 * HOUR_MS)
    expect(work.dispute('w1', id, 'unpaid')).toMatchObject({ openedBy: 'worker' })
  })

  test('are resolved by the operator, for the worker or for the developer', async () => {
    const won = await completed()
    await won.send(`POST /tasks/${won.id}/dispute`, { reason: 'r' })
    won.operations.oversight.resolveDispute(won.id, 'worker', OPERATOR)
    expect(won.money(won.id)).toEqual({ balance: 5000, escrow: 0, worker: 4200, platform: 800 })
    const lost = await completed()
    await lost.send(`POST /tasks/${lost.id}/dispute`, { reason: 'r' })
    expect(lost.operations.oversight.resolveDispute(lost.id, 'developer', OPERATOR).status).toBe('refunded')
    expect(lost.money(lost.id)).toEqual({ balance: 10_000, escrow: 0, worker: 0, platform: 0 })
  })
})

describe('a ruling is final', () => {
  async function disputed() {
    const keyward = await setUp()
    const { send, create, work } = keyward
    const id = await create()
    await send(`POST /tasks/${id}/fund`)
    work.accept(W1, id)
    work.checkIn('w1', id)
    work.submitProof('w1', id, PROOF)
    await send(`POST /tasks/${id}/dispute`, { reason: 'wrong store' })
    return { ...keyward, id }
  }

  test('what it completed can be disputed by nobody any more, and the worker keeps the money', async () => {
    const { send, id, operations, work, money } = await disputed()
    operations.oversight.resolveDispute(id, 'worker', OPERATOR)
    for (let i = 0; i < 4; i++) {
      const { status, json } = await send(`POST /tasks/${id}/dispute`, { reason: 'again' })
      expect([status, json.error.code]).toEqual([409, 'INVALID_STATE'])
      expect(json.error.message).toContain('final')
    }
    expect(() => work.dispute('w1', id, 'again')).toThrow('final')
    expect(() => operations.oversight.resolveDispute(id, 'developer', OPERATOR)).toThrow(
      'cannot become refunded',
    )
    expect(money(id)).toEqual({ balance: 5000, escrow: 0, worker: 4200, platform: 800 })
  })

  test.each([
    ['worker', 'approved', null],
    ['developer', 'rejected', 'The task was refunded before the proof was reviewed.'],
  ] as const)('for the %s, a proof that was pending is %s', async (inFavourOf, status, reason) => {
    const { send, id, operations } = await disputed()
    expect((await send(`GET /tasks/${id}/proofs`)).json.data).toMatchObject([{ status: 'pending' }])
    operations.oversight.resolveDispute(id, inFavourOf, OPERATOR)
    expect((await send(`GET /tasks/${id}/proofs`)).json.data).toMatchObject([
      { status, rejection_reason: reason, reviewed_at: '2026-11-21T09:00:00.000Z' },
    ])
  })

  test.each([undefined, null, 'nobody', '', 'Worker', {}])(
    'is for nobody but developer and worker: %p',
    async (inFavourOf) => {
      const { app, id, money } = await disputed()
      await expect(app.admin.disputes.resolve({ taskId: id, inFavourOf } as never)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
      expect(money(id)).toMatchObject({ escrow: 5000 })
    },
  )
})

describe('whatever developers, workers, the operator and the clock do, in any order', () => {
  // What brings a task on stands more often, so that many get to their end.
  const FORWARD = ['fund', 'accept', 'checkIn', 'submit', 'approve'] as const
  const ACTIONS = [
    ...FORWARD,
    ...FORWARD,
    ...FORWARD,
    ...([
      'create',
      'cancel',
      'reject',
      'dispute',
      'resolve',
      'giveBack',
      'workerDispute',
      'wait',
      'credit',
      'operatorCancel',
    ] as const),
  ]
  const HELD = [
    'funded',
    'posted',
    'assigned',
    'in_progress',
    'proof_submitted',
    'proof_rejected',
    'disputed',
  ]

  const ENDED = ['completed', 'cancelled', 'refunded']

  test('the money adds up to nothing, escrow holds what unfinished tasks cost, and each move is in the table', async () => {
    const { app, db, account, workfunderKey, clock } = await setUp(40_000)
    const holder = app.keys.check('workfunder', await workfunderKey('live', account.id))
    if (typeof holder === 'string') throw new Error(holder)
    const { tasks, taskWork, deadlines, oversight } = app.workfunder
    const ids: string[] = []
    /** Every fourth with a deadline, soon enough to pass in some. */
    const taskBody = (n: number) => ({
      ...TASK,
      budget_cents: 500 + n,
      deadline: n % 4 ? null : new Date(clock.now() + 60 * HOUR_MS).toISOString(),
    })
    const act = (action: (typeof ACTIONS)[number], n: number): unknown => {
      // Mostly the same few tasks and the same worker, so that some get to their end.
      const id = ids.at(-1 - (n % 2)) ?? ''
      const worker = n < 40 ? 'w0' : 'w1'
      const proof = () => tasks.proofsOf(holder, id).at(-1)?.id ?? ''
      switch (action) {
        case 'create':
          // One new task in three tries: the others go on with what there is.
          return (
            n % 3 === 0 &&
            ids.push(tasks.create(holder, n % 2 ? 'task' : 'bounty', newTaskFrom(taskBody(n))).id)
          )
        case 'fund':
          return tasks.fund(holder, id)
        case 'cancel':
          return tasks.cancel(holder, id)
        case 'approve':
          return tasks.approve(holder, id, proof())
        case 'reject':
          return tasks.reject(holder, id, proof(), 'no')
        case 'dispute':
          return tasks.dispute(holder, id, 'no')
        case 'resolve':
          return oversight.resolveDispute(id, n % 2 ? 'developer' : 'worker', OPERATOR)
        case 'accept':
          return taskWork.accept({ id: worker, skills: [] }, id)
        case 'checkIn':
          return taskWork.checkIn(worker, id)
        case 'submit':
          return taskWork.submitProof(worker, id, PROOF)
        case 'giveBack':
          return taskWork.giveBack(worker, id)
        case 'workerDispute':
          return taskWork.dispute(worker, id, 'no')
        case 'credit':
          return app.ledger.credit(account.id, 2000, OPERATOR)
        case 'operatorCancel':
          return n % 8 === 0 && oversight.cancelTask(id, OPERATOR)
        case 'wait':
          clock.advance(n * HOUR_MS)
          return deadlines.runDue()
      }
    }

    const moves = db.$client.prepare(
      'select "from", "to", by_actor.actor from task_moves by_actor where task_id = ? order by seq',
    )
    const holds = () => {
      expect(app.ledger.total()).toBe(0)
      expect(app.ledger.balance(account.id)).toBeGreaterThanOrEqual(0)
      for (const id of ids) {
        const task: Task = tasks.find(holder, id)
        expect(app.ledger.escrow(id)).toBe(HELD.includes(task.status) ? task.budgetCents : 0)
        if (ENDED.includes(task.status)) {
          expect(tasks.proofsOf(holder, id).filter(({ status }) => status === 'pending')).toEqual([])
        }
        const log = moves.all(id) as { from: string | null; to: string; actor: string }[]
        expect(log.at(-1)?.to).toBe(task.status)
        for (const [i, { from, to, actor }] of log.entries()) {
          expect(from).toBe(log[i - 1]?.to ?? null)
          if (from === null) continue
          expect(
            MOVES.some((move) => move.from === from && move.to === to && move.by.some((by) => by === actor)),
          ).toBe(true)
        }
      }
    }

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(50)), {
          minLength: 100,
          maxLength: 200,
          size: 'max',
        }),
        async (sequence) => {
          for (const [action, n] of sequence) {
            try {
              await act(action, n)
            } catch (error) {
              if (!(error instanceof Error) || error.name !== 'AppError') throw error
            }
          }
          holds()
        },
      ),
      { numRuns: 60 },
    )
    expect(
      db.$client.prepare(`select count(*) from task_moves where "to" = 'completed'`).pluck().get(),
    ).toBeGreaterThan(0)
    expect(
      db.$client
        .prepare(`select count(*) from task_moves where actor = 'system' and "to" = 'cancelled'`)
        .pluck()
        .get(),
    ).toBeGreaterThan(0)
  }, 60_000)
})
