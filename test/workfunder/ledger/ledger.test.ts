import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createAccounts } from '../../../src/accounts/accounts.ts'
import { openClient } from '../../../src/db/driver.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { migrations } from '../../../src/db/migrations.ts'
import { tasks } from '../../../src/db/schema/tasks.ts'
import { CREDIT_CENTS_MAX, createLedger } from '../../../src/workfunder/ledger/ledger.ts'
import { OPERATOR, withAudit } from '../../helpers/audit.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { testDatabase } from '../../helpers/test-database.ts'

const TASKS = ['task-1', 'task-2', 'task-3']
const WORKER = 'worker-1'

function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const accounts = createAccounts(withAudit({ db, clock }))
  const [accountId, otherId] = [
    accounts.create({ name: 'Acme' }, OPERATOR).id,
    accounts.create({ name: 'Other' }, OPERATOR).id,
  ]
  for (const id of TASKS) db.insert(tasks).values(taskRow(id, accountId)).run()
  const ledger = createLedger(withAudit({ db, clock }))
  const entries = () => db.$client.prepare('select count(*) from ledger_entries').pluck().get()
  return { db, clock, ledger, accountId, otherId, entries, taskId: 'task-1' }
}

type Move = { kind: string; accountId: string; taskId: string; cents: number; feeCents: number }

/** Money knows of a task only that it is there. */
function taskRow(id: string, accountId: string): typeof tasks.$inferInsert {
  return {
    id,
    accountId,
    environment: 'live',
    kind: 'task',
    status: 'pending',
    statusSince: 0,
    title: 't',
    description: 'd',
    category: 'other',
    requiredSkills: '[]',
    proofTypes: '["photo"]',
    city: 'c',
    state: 'NY',
    latitude: 0,
    longitude: 0,
    priority: 'normal',
    metadata: '{}',
    budgetCents: 5000,
    platformFeeCents: 800,
    workerPayoutCents: 4200,
    proofAttempts: 0,
    createdAt: 0,
    updatedAt: 0,
  }
}

describe('money', () => {
  test('that an operator credits stands in the account’s balance, and in no other’s', () => {
    const { ledger, accountId, otherId } = setUp()
    expect(ledger.credit(accountId, 5000, OPERATOR)).toBe(5000)
    expect(ledger.credit(accountId, 1, OPERATOR)).toBe(5001)
    expect([ledger.balance(accountId), ledger.balance(otherId)]).toEqual([5001, 0])
  })

  test('of a budget moves to escrow, and from there to the worker and the platform', () => {
    const { ledger, accountId, taskId } = setUp()
    ledger.credit(accountId, 6000, OPERATOR)
    ledger.fund({ accountId, taskId, budgetCents: 5000 })
    expect([ledger.balance(accountId), ledger.escrow(taskId)]).toEqual([1000, 5000])
    ledger.payOut({ taskId, workerId: WORKER, payoutCents: 4200, feeCents: 800 })
    expect([ledger.balance(accountId), ledger.escrow(taskId)]).toEqual([1000, 0])
    expect([ledger.earned(WORKER), ledger.platformFees(), ledger.total()]).toEqual([4200, 800, 0])
  })

  test('in escrow comes back whole with a refund, and only once', () => {
    const { ledger, accountId, taskId, entries } = setUp()
    ledger.credit(accountId, 5000, OPERATOR)
    ledger.fund({ accountId, taskId, budgetCents: 5000 })
    ledger.refund({ accountId, taskId })
    expect([ledger.balance(accountId), ledger.escrow(taskId)]).toEqual([5000, 0])
    const written = entries()
    ledger.refund({ accountId, taskId })
    expect([ledger.balance(accountId), entries()]).toEqual([5000, written])
  })

  test('that is left in escrow after a payout goes back with a refund', () => {
    const { ledger, accountId, taskId } = setUp()
    ledger.credit(accountId, 5000, OPERATOR)
    ledger.fund({ accountId, taskId, budgetCents: 5000 })
    ledger.payOut({ taskId, workerId: WORKER, payoutCents: 2000, feeCents: 0 })
    ledger.refund({ accountId, taskId })
    expect([ledger.balance(accountId), ledger.earned(WORKER), ledger.escrow(taskId)]).toEqual([3000, 2000, 0])
  })
})

test('a payout that is frozen stands in escrow again, whole, and goes back with a refund', () => {
  const { ledger, accountId, taskId } = setUp()
  const payout = { taskId, workerId: WORKER, payoutCents: 4200, feeCents: 800 }
  ledger.credit(accountId, 5000, OPERATOR)
  ledger.fund({ accountId, taskId, budgetCents: 5000 })
  ledger.payOut(payout)
  ledger.freeze(payout)
  expect([ledger.escrow(taskId), ledger.earned(WORKER), ledger.platformFees()]).toEqual([5000, 0, 0])
  expect(() => ledger.freeze(payout)).toThrow('more than')
  ledger.refund({ accountId, taskId })
  expect([ledger.balance(accountId), ledger.escrow(taskId), ledger.total()]).toEqual([5000, 0, 0])
})

describe('a refusal leaves every balance as it was:', () => {
  test('a budget above the balance, naming what is missing', () => {
    const { ledger, accountId, taskId, entries } = setUp()
    ledger.credit(accountId, 3750, OPERATOR)
    expect(() => ledger.fund({ accountId, taskId, budgetCents: 5000 })).toThrow(
      expect.objectContaining({
        code: 'INSUFFICIENT_FUNDS',
        message: expect.stringContaining(
          '1250 cents are missing: the budget is 5000 cents, the balance 3750 cents',
        ),
      }),
    )
    expect([ledger.balance(accountId), ledger.escrow(taskId), entries()]).toEqual([3750, 0, 1])
  })

  test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, CREDIT_CENTS_MAX + 1])(
    'a credit of %p cents',
    (cents) => {
      const { ledger, accountId } = setUp()
      expect(() => ledger.credit(accountId, cents, OPERATOR)).toThrow(
        expect.objectContaining({
          code: 'INVALID_INPUT',
          problems: [expect.objectContaining({ field: 'cents' })],
        }),
      )
      expect(ledger.balance(accountId)).toBe(0)
    },
  )

  test('a payout of more than is in escrow', () => {
    const { ledger, accountId, taskId } = setUp()
    ledger.credit(accountId, 5000, OPERATOR)
    ledger.fund({ accountId, taskId, budgetCents: 1000 })
    expect(() => ledger.payOut({ taskId, workerId: WORKER, payoutCents: 840, feeCents: 161 })).toThrow(
      'more than',
    )
    expect([ledger.escrow(taskId), ledger.earned(WORKER)]).toEqual([1000, 0])
  })

  test('an entry for a task that is not there', () => {
    const { ledger, accountId } = setUp()
    ledger.credit(accountId, 5000, OPERATOR)
    expect(() => ledger.fund({ accountId, taskId: 'nowhere', budgetCents: 1000 })).toThrow('FOREIGN KEY')
    expect([ledger.balance(accountId), ledger.total()]).toEqual([5000, 0])
  })

  test('a caller’s transaction that fails after the money moved takes the money back with it', () => {
    const { db, ledger, accountId, taskId } = setUp()
    ledger.credit(accountId, 5000, OPERATOR)
    const work = () => {
      ledger.fund({ accountId, taskId, budgetCents: 5000 })
      expect(ledger.escrow(taskId)).toBe(5000)
      throw new Error('something else went wrong')
    }
    expect(() => db.transaction(work, { behavior: 'immediate' })).toThrow('something else')
    expect([ledger.balance(accountId), ledger.escrow(taskId)]).toEqual([5000, 0])
  })

  test('a caller that goes on after a refusal keeps its own changes, and no money has moved', () => {
    const { db, ledger, accountId, otherId, taskId } = setUp()
    ledger.credit(accountId, 100, OPERATOR)
    const work = () => {
      ledger.credit(otherId, 7, OPERATOR)
      expect(() => ledger.fund({ accountId, taskId, budgetCents: 5000 })).toThrow('missing')
    }
    db.transaction(work, { behavior: 'immediate' })
    expect([ledger.balance(accountId), ledger.balance(otherId), ledger.total()]).toEqual([100, 7, 0])
  })
})

test('whatever happens in whatever order, entries sum to zero, no balance but the outside’s is below zero, and no cent is lost', () => {
  const { db, ledger, accountId, otherId } = setUp()
  const move = fc.record({
    kind: fc.constantFrom('credit', 'fund', 'payOut', 'freeze', 'refund'),
    accountId: fc.constantFrom(accountId, otherId),
    taskId: fc.constantFrom(...TASKS),
    cents: fc.oneof(fc.integer({ min: -2, max: 20_000 }), fc.constant(0.5)),
    feeCents: fc.integer({ min: -1, max: 4000 }),
  })
  const apply = ({ kind, accountId, taskId, cents, feeCents }: Move) => {
    if (kind === 'credit') ledger.credit(accountId, cents, OPERATOR)
    else if (kind === 'fund') ledger.fund({ accountId, taskId, budgetCents: cents })
    else if (kind === 'payOut') ledger.payOut({ taskId, workerId: WORKER, payoutCents: cents, feeCents })
    else if (kind === 'freeze') ledger.freeze({ taskId, workerId: WORKER, payoutCents: cents, feeCents })
    else ledger.refund({ accountId, taskId })
  }
  const unbalanced = db.$client.prepare(
    `select entry_seq from ledger_postings group by entry_seq having sum(cents) <> 0 or count(*) < 2`,
  )
  const overdrawn = db.$client.prepare(
    `select book from ledger_postings where book <> 'outside' group by book having sum(cents) < 0`,
  )
  const misadded = db.$client.prepare(
    `select book from ledger_books full join
      (select book, sum(cents) as cents from ledger_postings group by book) as postings using (book)
      where ledger_books.cents is not postings.cents`,
  )
  const credited = db.$client
    .prepare(`select -sum(cents) from ledger_postings where book = 'outside'`)
    .pluck()
  const rollBack = new Error('each run begins with an empty ledger')
  const run = (moves: readonly Move[]) => {
    for (const move of moves) {
      try {
        apply(move)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      const wrong = [unbalanced.all(), overdrawn.all(), misadded.all()]
      expect([ledger.total(), ...wrong]).toEqual([0, [], [], []])
    }
    const held = TASKS.reduce((cents, taskId) => cents + ledger.escrow(taskId), 0)
    const spent = ledger.earned(WORKER) + ledger.platformFees()
    expect(ledger.balance(accountId) + ledger.balance(otherId) + held + spent).toBe(Number(credited.get()))
    throw rollBack
  }
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 40 }), (moves) => {
      try {
        db.transaction(() => run(moves), { behavior: 'immediate' })
      } catch (error) {
        if (error !== rollBack) throw error
      }
    }),
    { numRuns: 200 },
  )
})

test('a database from before the sums of books were kept has the balances it had', () => {
  const client = openClient(':memory:')
  const at = migrations.findIndex(({ tag }) => tag.endsWith('_books_and_rounds'))
  migrate(client, migrations.slice(0, at))
  client.exec(`insert into ledger_entries (kind, at) values ('credit', 1), ('debit', 2), ('credit', 3);
    insert into ledger_postings (entry_seq, book, cents) values (1, 'outside', -700), (1, 'balance:a', 700),
      (2, 'balance:a', -200), (2, 'outside', 200), (3, 'outside', -5), (3, 'balance:b', 5)`)
  migrate(client, migrations)
  expect(client.prepare('select book, cents from ledger_books order by book').all()).toEqual([
    { book: 'balance:a', cents: 500 },
    { book: 'balance:b', cents: 5 },
    { book: 'outside', cents: -505 },
  ])
})
