import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../accounts/store.ts'
import { requestsPerMinute, tasksPerMonth, UNLIMITED } from '../accounts/tiers.ts'
import type { Clock } from '../clock.ts'
import type { Rotation } from '../data-folder/rotation.ts'
import { invalid, refuseInvalid } from '../errors.ts'
import type { CreatedKey, Keys, NewKeyOf } from '../keys/keys.ts'
import { bitsToScopes, SCOPES } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Api, Environment } from '../keys/token.ts'
import { isoTime } from '../lib/instant.ts'
import { nameProblems } from '../lib/name.ts'
import type { Problem } from '../lib/problem.ts'
import { RUN_STATUSES, type RunSummary } from '../workflows/runs/run.ts'
import { COMMENT_LENGTH_MAX } from '../workflows/runs/run-wait.ts'
import type { Runs } from '../workflows/runs/runs.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Worker } from '../workfunder/workers/worker.ts'
import type { NewWorker, Workers } from '../workfunder/workers/workers.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'

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
  /** 1 to 28. */
  billingAnchorDay?: number
}

export type DecideRunInput = {
  id: string
  approved: boolean
  /** Left out: the only approval that is open. */
  stepId?: string
  comment?: string
  /** Who decides; left out: the operator. */
  by?: string
}

export type KeyView = Awaited<ReturnType<Admin['revokeKey']>>
export type AccountView = Awaited<ReturnType<Admin['updateAccount']>>
export type RunView = Awaited<ReturnType<Admin['decideRun']>>
export type WorkerView = Awaited<ReturnType<Admin['suspendWorker']>>

/** What an operator may do, the same from the command line, the socket and later the dashboard. */
export type Admin = ReturnType<typeof createAdmin>

/** The account that the first key gets where none was made before. */
const DEFAULT_ACCOUNT = 'default'

/** Runs that a list shows, unless it is asked for more. */
const RUNS_LISTED = 50

type Parts = {
  accounts: Accounts
  keys: Keys
  ledger: Ledger
  workers: Workers
  workfunder: Workfunder
  runs: Runs
  clock: Clock
  /** Of secret.key: whether the one that the data was made with is lost. */
  secret: { isLost(): boolean; acceptLoss(): boolean; rotate(): Promise<Rotation> }
}

export function createAdmin(parts: Parts) {
  const { accounts, keys, ledger, workers, workfunder, runs, clock, secret } = parts

  const accountView = (account: Account) => ({
    ...accountFields(account),
    balanceCents: ledger.balance(account.id),
  })
  const workerView = (worker: Worker) => ({ ...workerFields(worker), earnedCents: ledger.earned(worker.id) })

  const runView = (run: RunSummary) => ({
    ...runFields(run),
    approvals: runs.openApprovals(run.id).map(({ stepId, request, dueAt }) => ({
      stepId,
      title: request?.title ?? null,
      approvers: request?.approvers ?? [],
      expiresAt: isoTime(dueAt),
    })),
  })

  function keyView(key: KeyRecord) {
    const expired = key.expiresAt !== null && key.expiresAt <= clock.now()
    return {
      id: key.id,
      api: key.api,
      environment: key.environment,
      accountId: key.accountId,
      /** The id of the key that made it over HTTP; null: the operator did. */
      madeBy: key.madeBy,
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
      const { name, scopes = [...SCOPES], environment, lifetimeMs } = input
      refuseInvalid(keyKindProblems(input))
      const expiresAt = lifetimeMs === undefined ? null : clock.now() + lifetimeMs
      const key: NewKeyOf =
        environment === undefined
          ? { name, expiresAt, api: 'workflows', scopes }
          : { name, expiresAt, api: 'workfunder', environment }
      // Before an account is created, so that a refused key leaves none behind.
      keys.refuseUnfit(key)
      const accountId = input.accountId ?? accounts.onlyOrCreate(DEFAULT_ACCOUNT).id
      const created: CreatedKey = await keys.create({ ...key, accountId }, null)
      return { ...keyView(created), key: created.token }
    },

    /** Newest first. @throws NOT_FOUND for an account that is not there. */
    async listKeys({ all, accountId, api }: ListKeysInput) {
      if (accountId !== undefined) accounts.find(accountId)
      return keys.list({ accountId, api, unrevoked: !all }).map(keyView)
    },

    /** In force when this returns. @throws NOT_FOUND */
    revokeKey: async ({ id }: { id: string }) => keyView(keys.revoke(id)),

    createAccount: async (input: { name: string; email?: string; tier?: string }) =>
      accountView(accounts.create(input)),

    listAccounts: async () => accounts.list().map(accountView),

    /** In force on the next request of each of the account's keys. @throws NOT_FOUND, INVALID_INPUT */
    async updateAccount(input: UpdateAccountInput) {
      const { id, tier, status, requestsPerMinute, tasksPerMonth, billingAnchorDay } = input
      return accountView(
        accounts.update(id, {
          tier,
          status,
          billingAnchorDay,
          requestsPerMinute: requestsPerMinute === 'default' ? null : requestsPerMinute,
          tasksPerMonth:
            tasksPerMonth === 'default' ? null : tasksPerMonth === 'unlimited' ? UNLIMITED : tasksPerMonth,
        }),
      )
    },

    /** Decides a dispute for good. @throws NOT_FOUND, INVALID_STATE, INVALID_INPUT */
    async resolveDispute({ taskId, inFavourOf }: { taskId: string; inFavourOf: 'developer' | 'worker' }) {
      const { id, status, title } = workfunder.resolveDispute(taskId, inFavourOf)
      return { taskId: id, title, status }
    },

    /** Ends a task that is neither paid out nor in dispute, and gives back what was paid. @throws NOT_FOUND, INVALID_STATE */
    async cancelTask({ taskId }: { taskId: string }) {
      const { id, status, title } = workfunder.cancelTask(taskId)
      return { taskId: id, title, status }
    },

    /** Gives the account cents to spend on live tasks. @throws NOT_FOUND, INVALID_INPUT */
    async creditAccount({ id, cents }: { id: string; cents: number }) {
      const account = accounts.find(id)
      ledger.credit(id, cents)
      return accountView(account)
    },

    /** @throws INVALID_INPUT */
    async createWorker(input: NewWorker) {
      const { token, ...worker } = await workers.create(input)
      return { ...workerView(worker), key: token }
    },

    /** Newest first. */
    listWorkers: async () => workers.list().map(workerView),

    /** In force when this returns; what the worker had in hand goes to the others. @throws NOT_FOUND */
    async suspendWorker({ id }: { id: string }) {
      // First, so that a crash in between leaves nothing in the hands of a worker who is suspended.
      workfunder.taskWork.release(id)
      return workerView(workers.suspend(id))
    },

    /** The newest of all accounts. @throws INVALID_INPUT for an unknown status. */
    async listRuns({ status, limit = RUNS_LISTED }: { status?: string; limit?: number }) {
      const known = RUN_STATUSES.find((one) => one === status) ?? null
      if (status !== undefined && known === null) {
        throw invalid('status', `must be one of ${RUN_STATUSES.join(', ')}`)
      }
      return runs.listAny(known, limit).map(runView)
    },

    /** Whether the secret.key that the data was made with is lost, and nobody has accepted that. */
    secretStatus: async () => ({ isLost: secret.isLost() }),

    /** @returns whether there was a loss to accept. */
    acceptSecret: async () => ({ accepted: secret.acceptLoss() }),

    /** Makes a new secret.key; keys go on working, each proved by bcrypt once more. @throws as `createRotation` says */
    rotateSecret: async () => secret.rotate(),

    /** Approves or rejects what a run waits for. @throws NOT_FOUND, CONFLICT, INVALID_INPUT */
    async decideRun({ id, approved, stepId, comment, by = 'operator' }: DecideRunInput) {
      if (typeof approved !== 'boolean') throw invalid('approved', 'must be true or false')
      refuseInvalid(nameProblems('by', by))
      if (comment !== undefined && comment.length > COMMENT_LENGTH_MAX) {
        throw invalid('comment', `must be at most ${COMMENT_LENGTH_MAX} characters`)
      }
      return runView(runs.decideAny(id, stepId, { approved, by, comment: comment ?? null }))
    },
  }
}

// --- internal ---

/** The admin socket takes any JSON, and a key of the wrong kind would open too much; so each field is checked here. */
function keyKindProblems({ api, environment, scopes, lifetimeMs }: CreateKeyInput): Problem[] {
  if (api !== 'workflows' && api !== 'workfunder') {
    return [{ field: 'api', message: 'must be workflows or workfunder' }]
  }
  const problems: Problem[] = []
  if (api === 'workfunder' && environment !== 'live' && environment !== 'test') {
    problems.push({ field: 'environment', message: 'must be live or test' })
  }
  if (api === 'workflows' && environment !== undefined) {
    problems.push({ field: 'environment', message: 'is for WorkFunder keys only' })
  }
  if (api === 'workfunder' && scopes !== undefined) {
    problems.push({ field: 'scopes', message: 'is for Workflows keys only' })
  }
  if (scopes !== undefined && !Array.isArray(scopes)) {
    problems.push({ field: 'scopes', message: 'must be an array' })
  }
  if (lifetimeMs !== undefined && !(Number.isFinite(lifetimeMs) && lifetimeMs > 0)) {
    problems.push({ field: 'lifetimeMs', message: 'must be a number above 0' })
  }
  return problems
}

function runFields({
  id,
  accountId,
  workflowId,
  status,
  triggerType,
  error,
  createdAt,
  completedAt,
}: RunSummary) {
  return {
    id,
    accountId,
    workflowId,
    status,
    triggerType,
    error,
    createdAt: isoTime(createdAt),
    completedAt: isoTime(completedAt),
  }
}

function workerFields({ createdAt, ...worker }: Worker) {
  return { ...worker, createdAt: isoTime(createdAt) }
}

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
