import type { Actor } from '../../audit/actor.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError, invalid } from '../../errors.ts'
import { createLedgerStore, type EntryKind, type Posting, type TaskPosting } from './store.ts'

/**
 * The live environment's money, in whole US cents, as a double-entry ledger. Each method is one entry in an
 * immediate transaction of its own, or part of the caller's where there is one. No book ever goes below zero
 * except `outside`, where the money comes from.
 */
export type Ledger = {
  /** @returns the account's new balance. @throws INVALID_INPUT unless cents is whole, from 1 to CREDIT_CENTS_MAX. */
  credit(accountId: string, cents: number, actor: Actor): number
  /** Takes cents out of the balance again. @returns the new balance. @throws INVALID_INPUT as `credit`, INSUFFICIENT_FUNDS */
  debit(accountId: string, cents: number, actor: Actor): number
  /** Takes all that the account may still spend, in the transaction that deletes the account and records that. */
  debitAll(accountId: string): void
  /** @returns what the account may still spend. */
  balance(accountId: string): number
  /** Moves the budget from the balance to the task's escrow. @throws INSUFFICIENT_FUNDS saying what is missing. */
  fund(funding: { accountId: string; taskId: string; budgetCents: number }): void
  /** Moves escrow to the worker and the platform. Throws a plain Error where the escrow holds less. */
  payOut(payout: { taskId: string; workerId: string; payoutCents: number; feeCents: number }): void
  /** Moves all that is in escrow back to the balance; does nothing where that is nothing. */
  refund(refund: { accountId: string; taskId: string }): void
  /** Takes a payout back into escrow while a dispute lasts: the opposite of `payOut`. */
  freeze(payout: { taskId: string; workerId: string; payoutCents: number; feeCents: number }): void
  /** @returns what is held for the task. */
  escrow(taskId: string): number
  /** @returns the last movements of the task's money, oldest first. */
  movesOf(taskId: string): MoneyMove[]
  /** @returns what the worker was paid, less what a dispute has frozen. */
  earned(workerId: string): number
  /** @returns what the platform's fees add up to. */
  platformFees(): number
  /** @returns the sum over all books, which is 0. */
  total(): number
}

/** Where money stands, whoever's it is: a task has one account and one worker. */
export type Book = 'outside' | 'balance' | 'escrow' | 'worker' | 'platform'

/** Cents that went from one book to another; at, in ms. */
export type MoneyMove = { at: number; kind: EntryKind; cents: number; from: Book; to: Book }

/** A task is funded, paid out, frozen and refunded; a worker and a developer cannot make that many. */
const SIDES_TOLD = 200

/** Ten million dollars at once, also for a debit: nine million such credits still add up to a number that is exact. */
export const CREDIT_CENTS_MAX = 1_000_000_000

export function createLedger({ db, clock, audit }: Parts): Ledger {
  const store = createLedgerStore(db)

  function atOnce<T>(work: () => T): T {
    return db.transaction(work, { behavior: 'immediate' })
  }

  /** Refuses an entry that does not sum to zero, or takes more from a book than it holds: both are defects of the caller. */
  function post(kind: EntryKind, taskId: string | null, postings: readonly Posting[]): void {
    refuseUnbalanced(kind, postings)
    for (const { book, cents } of postings) {
      if (cents < 0 && book !== OUTSIDE && store.cents(book) + cents < 0) {
        throw new Error(`a ${kind} of ${-cents} cents is more than ${book} holds`)
      }
    }
    store.insert({ kind, taskId, at: clock.now(), postings: postings.filter(({ cents }) => cents !== 0) })
  }

  /** What the operator does, with its audit row. */
  function changeBalance(
    action: `accounts.${string}`,
    accountId: string,
    actor: Actor,
    work: (balanceCents: number) => void,
  ): number {
    return atOnce(() => {
      const before = { balanceCents: store.cents(balanceOf(accountId)) }
      work(before.balanceCents)
      const after = { balanceCents: store.cents(balanceOf(accountId)) }
      audit.record({ actor, action, subject: accountId, accountId, before, after })
      return after.balanceCents
    })
  }

  return {
    credit(accountId, cents, actor) {
      refuseUnfit(cents)
      return changeBalance('accounts.credit', accountId, actor, () =>
        post('credit', null, [
          { book: OUTSIDE, cents: -cents },
          { book: balanceOf(accountId), cents },
        ]),
      )
    },

    debit(accountId, cents, actor) {
      refuseUnfit(cents)
      return changeBalance('accounts.debit', accountId, actor, (balanceCents) => {
        if (cents > balanceCents) {
          throw new AppError('INSUFFICIENT_FUNDS', `the account has a balance of ${balanceCents} cents only`)
        }
        post('debit', null, [
          { book: balanceOf(accountId), cents: -cents },
          { book: OUTSIDE, cents },
        ])
      })
    },

    debitAll(accountId) {
      const cents = store.cents(balanceOf(accountId))
      post('debit', null, [
        { book: balanceOf(accountId), cents: -cents },
        { book: OUTSIDE, cents },
      ])
    },

    fund({ accountId, taskId, budgetCents }) {
      atOnce(() => {
        const balanceCents = store.cents(balanceOf(accountId))
        const missingCents = budgetCents - balanceCents
        if (missingCents > 0) {
          throw new AppError(
            'INSUFFICIENT_FUNDS',
            `Insufficient funds. ${missingCents} cents are missing: the budget is ${budgetCents} cents, the balance ${balanceCents} cents`,
          )
        }
        post('fund', taskId, [
          { book: balanceOf(accountId), cents: -budgetCents },
          { book: escrowOf(taskId), cents: budgetCents },
        ])
      })
    },

    payOut({ taskId, workerId, payoutCents, feeCents }) {
      atOnce(() =>
        post('payout', taskId, [
          { book: escrowOf(taskId), cents: -(payoutCents + feeCents) },
          { book: earningsOf(workerId), cents: payoutCents },
          { book: PLATFORM, cents: feeCents },
        ]),
      )
    },

    refund({ accountId, taskId }) {
      atOnce(() => {
        const heldCents = store.cents(escrowOf(taskId))
        if (heldCents === 0) return
        post('refund', taskId, [
          { book: escrowOf(taskId), cents: -heldCents },
          { book: balanceOf(accountId), cents: heldCents },
        ])
      })
    },

    freeze({ taskId, workerId, payoutCents, feeCents }) {
      atOnce(() => {
        for (const [book, cents] of [
          [earningsOf(workerId), payoutCents],
          [PLATFORM, feeCents],
        ] as const) {
          if (cents === 0) continue
          post('freeze', taskId, [
            { book, cents: -cents },
            { book: escrowOf(taskId), cents },
          ])
        }
      })
    },

    balance: (accountId) => store.cents(balanceOf(accountId)),
    escrow: (taskId) => store.cents(escrowOf(taskId)),
    movesOf: (taskId) => movesIn(store.postingsOf(taskId, SIDES_TOLD)),
    earned: (workerId) => store.cents(earningsOf(workerId)),
    platformFees: () => store.cents(PLATFORM),
    total: store.total,
  }
}

// --- internal ---

type Parts = { db: Db; clock: Clock; audit: AuditTrail }

const OUTSIDE = 'outside'
const PLATFORM = 'platform'
const balanceOf = (accountId: string) => `balance:${accountId}`
const escrowOf = (taskId: string) => `escrow:${taskId}`
const earningsOf = (workerId: string) => `worker:${workerId}`

/** Each entry has one side that gives, or one that takes: a payout goes to the worker and to the platform. */
function movesIn(postings: readonly TaskPosting[]): MoneyMove[] {
  const entries = Map.groupBy(postings, ({ seq }) => seq)
  return [...entries.values()].flatMap((sides) => {
    const giving = sides.filter(({ cents }) => cents < 0)
    const taking = sides.filter(({ cents }) => cents > 0)
    return giving.flatMap((from) =>
      taking.map((to) => ({
        at: from.at,
        kind: from.kind,
        cents: Math.min(-from.cents, to.cents),
        from: bookOf(from),
        to: bookOf(to),
      })),
    )
  })
}

const BOOKS: readonly Book[] = ['outside', 'balance', 'escrow', 'worker', 'platform']

function bookOf({ book }: Posting): Book {
  const [kind] = book.split(':')
  const known = BOOKS.find((one) => one === kind)
  if (known === undefined) throw new Error(`no book is called ${book}`)
  return known
}

function refuseUnfit(cents: number): void {
  if (isCents(cents) && cents >= 1 && cents <= CREDIT_CENTS_MAX) return
  throw invalid('cents', `must be a whole number from 1 to ${CREDIT_CENTS_MAX}`)
}

function isCents(cents: number): boolean {
  return Number.isSafeInteger(cents)
}

/** One book gives and the others take, in whole cents, as much as it gives. */
function refuseUnbalanced(kind: EntryKind, [from, ...to]: readonly Posting[]): void {
  const gives = from !== undefined && isCents(from.cents) && from.cents < 0
  const take = to.every(({ cents }) => isCents(cents) && cents >= 0)
  const sum = to.reduce((cents, posting) => cents + posting.cents, from?.cents ?? 0)
  if (!gives || !take || sum !== 0)
    throw new Error(`a ${kind} that is not whole cents from one book to others`)
}
