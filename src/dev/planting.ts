import type { Accounts } from '../accounts/accounts.ts'
import { UNLIMITED } from '../accounts/tiers.ts'
import type { Actor } from '../audit/actor.ts'
import { sqliteCode } from '../db/driver.ts'
import { AppError, invalid } from '../errors.ts'
import { instantField } from '../http/instant-field.ts'
import type { Keys, NewKey } from '../keys/keys.ts'
import { SCOPES } from '../keys/scopes.ts'
import type { Problem } from '../lib/problem.ts'
import type { Workflows } from '../workflows/workflows.ts'
import { newTaskFrom } from '../workfunder/api/inputs.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import type { Workers } from '../workfunder/workers/workers.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { refuseSeed } from './seed.ts'
import type { Seed, SeedAccount } from './seed-schema.ts'

/** What a seed is planted in, and what is exported from. */
export type World = {
  accounts: Accounts
  keys: Keys
  ledger: Ledger
  workers: Workers
  workfunder: Workfunder
  workflows: Workflows
  webhooks: Webhooks
}

/**
 * Makes all that a seed says, by the very operations that the APIs and the operator use, so that their rules hold. Where
 * one refuses, the others are tried all the same: plant it in data that is thrown away then.
 * @throws INVALID_INPUT that names the place of each problem
 */
export async function plant(seed: Seed, world: World, actor: Actor): Promise<void> {
  const plot = createPlot()
  for (const [i, worker] of (seed.workers ?? []).entries())
    await plot.attempt(`workers[${i}]`, () => plantWorker(worker, world, actor))
  for (const [i, account] of seed.accounts.entries()) {
    const place = `accounts[${i}]`
    const id = await plot.attempt(place, async () => plantAccount(account, world, actor))
    if (id !== null) await plantHoldings({ account, id, place, world, actor, attempt: plot.attempt })
  }
  refuseSeed(plot.problems)
}

// --- internal ---

type Attempt = ReturnType<typeof createPlot>['attempt']
type Plot = {
  account: SeedAccount
  id: string
  place: string
  world: World
  actor: Actor
  attempt: Attempt
}
type Item<Kind extends 'keys' | 'workflows' | 'tasks'> = NonNullable<SeedAccount[Kind]>[number]

function createPlot() {
  const problems: Problem[] = []

  function note(place: string, error: unknown): void {
    if (error instanceof AppError) {
      if (error.problems.length === 0) problems.push({ field: place, message: lowered(error.message) })
      for (const { field, message } of error.problems) problems.push({ field: `${place}.${field}`, message })
    } else if (sqliteCode(error)?.startsWith('SQLITE_CONSTRAINT')) {
      problems.push({ field: place, message: 'has the id of another one' })
    } else throw error
  }

  return {
    problems,

    /** @returns what `make` gives; null where it is refused, which is noted. */
    async attempt<T>(place: string, make: () => Promise<T>): Promise<T | null> {
      try {
        return await make()
      } catch (error) {
        note(place, error)
        return null
      }
    },
  }
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

async function plantWorker(
  { id, secret, ...worker }: NonNullable<Seed['workers']>[number],
  { workers }: World,
  actor: Actor,
): Promise<void> {
  await workers.take({ id, ...worker }, secret ?? null, actor)
}

function plantAccount(account: SeedAccount, { accounts }: World, actor: Actor): string {
  const { id, name, email, tier, requestsPerMinute, tasksPerMonth, billingAnchorDay } = account
  const made = accounts.create({ id, name, email, tier }, actor)
  const limits = {
    requestsPerMinute,
    tasksPerMonth: tasksPerMonth === 'unlimited' ? UNLIMITED : tasksPerMonth,
    billingAnchorDay,
  }
  if (Object.values(limits).some((limit) => limit !== undefined)) accounts.update(made.id, limits, actor)
  return made.id
}

async function plantHoldings(plot: Plot): Promise<void> {
  const { account, id, place, world, actor, attempt } = plot
  const each = async <T>(
    kind: string,
    items: readonly T[] | undefined,
    make: (item: T) => Promise<unknown>,
  ) => {
    for (const [i, item] of (items ?? []).entries()) await attempt(`${place}.${kind}[${i}]`, () => make(item))
  }
  const { connections, mocks } = world.workflows
  await each('keys', account.keys, (key) => plantKey(key, plot))
  await each('connections', account.connections, (connection) => connections.create(id, connection))
  await each('mocks', account.mocks, async ({ provider, action, ...mock }) =>
    mocks.put({ accountId: id, provider, action }, mock),
  )
  await each('workflows', account.workflows, (workflow) => plantWorkflow(workflow, plot))
  await attempt(`${place}.balanceCents`, async () => credit(plot, budgetsOf(account)))
  await each('tasks', account.tasks, async (task) => plantTask(task, plot))
  await attempt(`${place}.balanceCents`, async () => settleBalance(plot))
  // After the tasks: what made them is no news.
  await each('webhooks', account.webhooks, ({ environment, ...target }) =>
    world.webhooks.configure(id, environment, target, actor),
  )
  if (account.status)
    await attempt(place, async () => world.accounts.update(id, { status: account.status }, actor))
}

async function plantKey(key: Item<'keys'>, { id: accountId, world: { keys }, actor }: Plot): Promise<void> {
  const { secret, prefix, bcryptHash } = key
  const input = newKeyOf(key, accountId)
  const hasHash = prefix !== undefined && bcryptHash !== undefined
  if (hasHash === (secret !== undefined))
    throw invalid('secret', 'is required, or prefix and bcryptHash in its place')
  const { id } = await keys.take(input, hasHash ? { prefix, bcryptHash } : { token: secret ?? '' }, actor)
  if (key.disabled) keys.disable(id, actor)
  if (key.revoked) keys.revoke(id, actor)
}

function newKeyOf(
  { api, name, environment, scopes = [...SCOPES], ...key }: Item<'keys'>,
  accountId: string,
): NewKey {
  const expiresAt = instantField('expiresAt', key.expiresAt)
  if (api === 'workflows') {
    if (environment !== undefined) throw invalid('environment', 'is for keys of workfunder alone')
    return { api, name, scopes, expiresAt, accountId }
  }
  if (environment === undefined) throw invalid('environment', 'is required of a key of workfunder')
  return { api, name, environment, expiresAt, accountId }
}

async function plantWorkflow(workflow: Item<'workflows'>, { id: accountId, world }: Plot): Promise<void> {
  const { status = 'draft', secrets = [], canvasState, ...definition } = workflow
  const { definitions } = world.workflows
  const { id } = await definitions.create(accountId, definition)
  if (canvasState) await definitions.draw(accountId, id, { canvasState })
  for (const { key, value } of secrets) await world.workflows.secrets.create(accountId, id, key, value)
  if (status === 'active' || status === 'paused') definitions.activate(accountId, id)
  if (status === 'paused') definitions.pause(accountId, id)
  if (status === 'archived') definitions.archive(accountId, id)
}

function plantTask(body: Item<'tasks'>, { id: accountId, world }: Plot): void {
  const { environment, kind = 'task', status, worker } = body
  const { accounts, workers, workfunder } = world
  if (worker !== undefined) {
    if (environment === 'test')
      throw invalid('worker', 'is for live tasks alone: test tasks have workers of their own')
    workers.get(worker)
  }
  const holder = { id: 'seed', account: accounts.live(accountId), environment }
  const task = workfunder.tasks.create(holder, kind, newTaskFrom(body))
  if (status !== undefined) workfunder.sandbox.place(task, status, worker ?? null)
}

/** What live tasks may cost: they are paid out of the balance, which is what it should be only afterwards. */
function budgetsOf({ tasks = [] }: SeedAccount): number {
  return tasks.reduce((sum, task) => sum + (task.environment === 'live' ? task.budget_cents : 0), 0)
}

function credit({ id, world: { ledger }, actor }: Plot, cents: number): void {
  if (cents > 0) ledger.credit(id, cents, actor)
}

function settleBalance(plot: Plot): void {
  const { account, id, world, actor } = plot
  const missing = (account.balanceCents ?? 0) - world.ledger.balance(id)
  if (missing < 0) world.ledger.debit(id, -missing, actor)
  else credit(plot, missing)
}
