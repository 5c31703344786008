import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../accounts/store.ts'
import { requestsPerMinute, tasksPerMonth, UNLIMITED } from '../accounts/tiers.ts'
import type { Actor } from '../audit/actor.ts'
import { isoTime } from '../lib/instant.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
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

export type AccountView = Awaited<ReturnType<AccountOperations['update']>>

type AccountOperations = ReturnType<typeof createAccountOperations>

export function createAccountOperations({ accounts, ledger }: Parts, actor: Actor) {
  const view = (account: Account) => ({
    ...accountFields(account),
    balanceCents: ledger.balance(account.id),
  })

  return {
    /** @throws INVALID_INPUT */
    create: async (input: { name: string; email?: string; tier?: string }) =>
      view(accounts.create(input, actor)),

    list: async () => accounts.list().map(view),

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

type Parts = { accounts: Accounts; ledger: Ledger }

function accountFields(account: Account) {
  const tasks = tasksPerMonth(account)
  return {
    id: account.id,
    name: account.name,
    email: account.email,
    tier: account.tier,
    status: account.status,
    /** The limit in force: the account's own where it has one, else its tier's. */
    requestsPerMinute: requestsPerMinute(account),
    tasksPerMonth: tasks === Number.POSITIVE_INFINITY ? ('unlimited' as const) : tasks,
    billingAnchorDay: account.billingAnchorDay,
    createdAt: isoTime(account.createdAt),
    updatedAt: isoTime(account.updatedAt),
  }
}
