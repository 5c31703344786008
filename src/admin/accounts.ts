import { type Accounts, KEPT } from '../accounts/accounts.ts'
import type { Holdings } from '../accounts/holdings.ts'
import type { Account } from '../accounts/store.ts'
import { requestsPerMinute, UNLIMITED } from '../accounts/tiers.ts'
import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import { isoTime } from '../lib/instant.ts'
import { nextTurn } from '../lib/next-turn.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { createAccountQuotas } from './account-quotas.ts'
import { PAGE_MAX, searchText, wholeNumber } from './listed.ts'
import { taskLimit } from './task-limit.ts'
import { textField } from './text-field.ts'

export type UpdateAccountInput = {
  id: string
  name?: string
  email?: string | 'none'
  tier?: string
  status?: string
  requestsPerMinute?: number | 'default'
  tasksPerMonth?: number | 'unlimited' | 'default'
  /** 1 to 28. */
  billingAnchorDay?: number
}

export type ListAccountsInput = {
  /** 1 to 500; left out: all of them. */
  limit?: number
  /** The id of the last account of the page before. */
  after?: string
  /** Stands in the name or e-mail, or begins the id, capitals or not. */
  search?: string
}

export type AccountDetailsView = Awaited<ReturnType<AccountOperations['show']>>

export type AccountView = Awaited<ReturnType<AccountOperations['update']>>

type AccountOperations = ReturnType<typeof createAccountOperations>

export function createAccountOperations(parts: Parts, actor: Actor) {
  const { accounts, keys, ledger, audit } = parts
  const quotasOf = createAccountQuotas(parts)
  const view = (account: Account) => ({
    ...accountFields(account),
    balanceCents: ledger.balance(account.id),
  })

  return {
    /** @throws INVALID_INPUT */
    create: async ({ name, email, tier }: { name: string; email?: string; tier?: string }) =>
      view(accounts.create({ name, email, tier }, actor)),

    /** Newest first. @throws INVALID_INPUT; NOT_FOUND for `after` */
    async list({ limit, after, search }: ListAccountsInput = {}) {
      const page = {
        limit: limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber('limit', limit, 1, PAGE_MAX),
        after: after === undefined ? undefined : textField('after', after),
        search: searchText(search),
      }
      const found = await accounts.page(page)
      const views: ReturnType<typeof view>[] = []
      for (let from = 0; from < found.length; from += VIEWED_PER_TURN) {
        if (from > 0) await nextTurn()
        views.push(...found.slice(from, from + VIEWED_PER_TURN).map(view))
      }
      return views
    },

    /** With what it has, each counted up to 10,000, and its last change. @throws NOT_FOUND */
    async show({ id }: { id: string }) {
      const account = accounts.find(textField('id', id))
      const [change] = audit.list({ accountId: id, limit: 1 })
      const lastChange = change && {
        seq: change.seq,
        at: change.at,
        action: change.action,
        actor: change.actor,
      }
      return {
        ...view(account),
        quotas: quotasOf(account),
        ...accounts.holdings(id),
        lastChange: lastChange ?? null,
      }
    },

    /**
     * Deletes an account that has no workflows and tasks, with its keys; its balance goes where it came from.
     * @param input `withAll`: also live keys and money
     * @throws NOT_FOUND, CONFLICT that says what it has
     */
    async delete({ id, withAll = false }: { id: string; withAll?: boolean }) {
      const account = view(accounts.find(textField('id', id)))
      const { balanceCents } = account
      accounts.delete(id, actor, (has) => {
        refuseUndeletable(has, balanceCents, withAll === true)
        if (balanceCents > 0) ledger.debitAll(id)
        keys.deleteOf(id)
        return { keys: has.keys, balanceCents }
      })
      keys.forget()
      return account
    },

    /** In force on the next request of each of the account's keys. @throws NOT_FOUND, INVALID_INPUT */
    async update(input: UpdateAccountInput) {
      const { id, name, email, tier, status, requestsPerMinute, tasksPerMonth, billingAnchorDay } = input
      const change = {
        name,
        email: email === 'none' ? null : email,
        tier,
        status,
        billingAnchorDay,
        requestsPerMinute: requestsPerMinute === 'default' ? null : requestsPerMinute,
        tasksPerMonth:
          tasksPerMonth === 'default' ? null : tasksPerMonth === 'unlimited' ? UNLIMITED : tasksPerMonth,
      }
      return view(accounts.update(textField('id', id), change, actor))
    },

    /** Gives the account cents to spend on live tasks. @throws NOT_FOUND, INVALID_INPUT */
    async credit({ id, cents }: { id: string; cents: number }) {
      const account = accounts.find(textField('id', id))
      ledger.credit(id, cents, actor)
      return view(account)
    },

    /** Takes cents that are not spent or held for a task. @throws NOT_FOUND, INVALID_INPUT, INSUFFICIENT_FUNDS */
    async debit({ id, cents }: { id: string; cents: number }) {
      const account = accounts.find(textField('id', id))
      ledger.debit(id, cents, actor)
      return view(account)
    },
  }
}

// --- internal ---

/** Each asks the books for its balance: some ms of work. */
const VIEWED_PER_TURN = 200

type Parts = {
  accounts: Accounts
  keys: Keys
  ledger: Ledger
  workfunder: Workfunder
  audit: AuditTrail
  clock: Clock
}

/** As many keys are deleted in some 20 ms. */
const KEYS_DELETED_MAX = 1000

/** @throws CONFLICT */
function refuseUndeletable(has: Holdings, balanceCents: number, withAll: boolean): void {
  const { keys, liveKeys, workflows, tasks } = has
  if (workflows + tasks > 0)
    throw new AppError('CONFLICT', `the account has ${workflows} workflows and ${tasks} tasks, ${KEPT}`)
  if (keys > KEYS_DELETED_MAX)
    throw new AppError('CONFLICT', `the account has more than ${KEYS_DELETED_MAX} keys, ${KEPT}`)
  if ((liveKeys > 0 || balanceCents > 0) && !withAll)
    throw new AppError(
      'CONFLICT',
      `the account has ${liveKeys} live keys and ${balanceCents} cents; --yes deletes them too`,
    )
}

function accountFields(account: Account) {
  return {
    id: account.id,
    name: account.name,
    email: account.email,
    tier: account.tier,
    status: account.status,
    /** The limit in force: the account's own where it has one, else its tier's. */
    requestsPerMinute: requestsPerMinute(account),
    tasksPerMonth: taskLimit(account).limit,
    billingAnchorDay: account.billingAnchorDay,
    createdAt: isoTime(account.createdAt),
    updatedAt: isoTime(account.updatedAt),
  }
}
