import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../accounts/store.ts'
import { requestsPerMinute, tasksPerMonth, UNLIMITED } from '../accounts/tiers.ts'
import type { Clock } from '../clock.ts'
import { invalid } from '../errors.ts'
import { isoTime } from '../instant.ts'
import type { CreatedKey, Keys } from '../keys/keys.ts'
import { bitsToScopes, SCOPES } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Api, Environment } from '../keys/token.ts'

export type CreateKeyInput = {
  api: Api
  name: string
  /** Workflows only; left out: all of them. */
  scopes?: string[]
  /** WorkFunder only, and required there. */
  environment?: Environment
  /** Left out: the only account, which is made where there is none. */
  accountId?: string
  /** How long the key lives, in ms; left out: for ever. */
  lifetimeMs?: number
}

export type ListKeysInput = { api?: Api; accountId?: string; all?: boolean }

export type UpdateAccountInput = {
  id: string
  tier?: string
  status?: string
  requestsPerMinute?: number | 'default'
  tasksPerMonth?: number | 'unlimited' | 'default'
}

export type KeyView = Awaited<ReturnType<Admin['revokeKey']>>
export type AccountView = ReturnType<typeof accountView>

/** What an operator may do, the same from the command line, the socket and later the dashboard. */
export type Admin = ReturnType<typeof createAdmin>

/** The account that the first key gets where none was made before. */
const DEFAULT_ACCOUNT = 'default'

export function createAdmin({ accounts, keys, clock }: { accounts: Accounts; keys: Keys; clock: Clock }) {
  function keyView(key: KeyRecord) {
    const expired = key.expiresAt !== null && key.expiresAt <= clock.now()
    return {
      id: key.id,
      api: key.api,
      environment: key.environment,
      accountId: key.accountId,
      name: key.name,
      prefix: key.prefix,
      scopes: bitsToScopes(key.scopes),
      status:
        key.revokedAt !== null ? ('revoked' as const) : expired ? ('expired' as const) : ('active' as const),
      createdAt: isoTime(key.createdAt),
      lastUsedAt: isoTime(key.lastUsedAt),
      expiresAt: isoTime(key.expiresAt),
      revokedAt: isoTime(key.revokedAt),
    }
  }

  return {
    async createKey(input: CreateKeyInput) {
      const { api, name, scopes = [...SCOPES], environment, lifetimeMs } = input
      if (api === 'workfunder' && environment === undefined)
        throw invalid('environment', 'must be live or test')
      const accountId = input.accountId ?? accounts.theOnly(DEFAULT_ACCOUNT).id
      const expiresAt = lifetimeMs === undefined ? null : clock.now() + lifetimeMs
      const common = { accountId, name, expiresAt }
      const created: CreatedKey = await keys.create(
        environment === undefined
          ? { ...common, api: 'workflows', scopes }
          : { ...common, api: 'workfunder', environment },
      )
      return { ...keyView(created), key: created.token }
    },

    /** Newest first. @throws NOT_FOUND for an account that is not there. */
    async listKeys({ all, accountId, api }: ListKeysInput) {
      if (accountId !== undefined) accounts.find(accountId)
      return keys.list({ accountId, api, unrevoked: !all }).map(keyView)
    },

    /** In force when this returns. @throws NOT_FOUND */
    revokeKey: async ({ id }: { id: string }) => keyView(keys.revoke(id)),

    createAccount: async (input: { name: string; email?: string; tier?: string }): Promise<AccountView> =>
      accountView(accounts.create(input)),

    listAccounts: async (): Promise<AccountView[]> => accounts.list().map(accountView),

    /** In force on the next request of each of the account's keys. @throws NOT_FOUND, INVALID_INPUT */
    async updateAccount(input: UpdateAccountInput): Promise<AccountView> {
      const { id, tier, status, requestsPerMinute, tasksPerMonth } = input
      return accountView(
        accounts.update(id, {
          tier,
          status,
          requestsPerMinute: requestsPerMinute === 'default' ? null : requestsPerMinute,
          tasksPerMonth:
            tasksPerMonth === 'default' ? null : tasksPerMonth === 'unlimited' ? UNLIMITED : tasksPerMonth,
        }),
      )
    },
  }
}

// --- internal ---

function accountView(account: Account) {
  const tasks = tasksPerMonth(account)
  return {
    id: account.id,
    name: account.name,
    email: account.email,
    tier: account.tier,
    status: account.status,
    /** In force: the account's own where it has one, else the tier's. */
    requestsPerMinute: requestsPerMinute(account),
    tasksPerMonth: tasks === Number.POSITIVE_INFINITY ? ('unlimited' as const) : tasks,
    createdAt: isoTime(account.createdAt),
    updatedAt: isoTime(account.updatedAt),
  }
}
