import type { Account } from '../accounts/store.ts'
import { UNLIMITED } from '../accounts/tiers.ts'
import { bitsToScopes } from '../keys/scopes.ts'
import { ENVIRONMENTS, type Environment } from '../keys/token.ts'
import { isoTime } from '../lib/instant.ts'
import type { Cursor, Page } from '../workflows/page.ts'
import type { Task } from '../workfunder/tasks/task.ts'
import { isWorkerSkill } from '../workfunder/workers/skills.ts'
import type { World } from './planting.ts'
import type { Seed, SeedAccount } from './seed-schema.ts'

/**
 * What a world holds as a seed. Of a key stands its hash there, so that its secret goes on; the secrets of connections, of
 * workflows and of workers are left out, and so is what happened: runs, proofs, deliveries, times. Keys and deadlines of
 * tasks that are over at `now` (in ms) are left out too: no seed may have them.
 */
export function exportedSeed(world: World, now: number): Seed {
  const { accounts, workers } = world
  return {
    accounts: accounts.list().map((account) => exportedAccount(account, world, now)),
    workers: workers
      .list()
      .map(({ id, firstName, lastName, city, state, latitude, longitude, skills, ...worker }) => ({
        id,
        firstName,
        lastName,
        city,
        state,
        latitude,
        longitude,
        skills,
        hourlyRateCents: worker.hourlyRateCents,
      })),
  }
}

// --- internal ---

const PAGE = 100

function exportedAccount(account: Account, world: World, now: number): SeedAccount {
  const { id, name, email, tier, status, requestsPerMinute, tasksPerMonth, billingAnchorDay } = account
  const { mocks } = world.workflows
  return {
    id,
    name,
    ...(email !== null && { email }),
    tier,
    status,
    ...(requestsPerMinute !== null && { requestsPerMinute }),
    ...(tasksPerMonth !== null && {
      tasksPerMonth: tasksPerMonth === UNLIMITED ? 'unlimited' : tasksPerMonth,
    }),
    billingAnchorDay,
    balanceCents: world.ledger.balance(id),
    keys: exportedKeys(id, world, now),
    connections: exportedConnections(id, world),
    mocks: allPages((after) => mocks.list(id, { after, limit: PAGE })).map(
      ({ provider, action, output, status, delayMs }) => ({
        provider,
        action,
        output,
        status,
        delayMs,
      }),
    ),
    workflows: exportedWorkflows(id, world),
    tasks: ENVIRONMENTS.flatMap((environment) => exportedTasks(account, environment, world, now)),
    webhooks: ENVIRONMENTS.flatMap((environment) => {
      const target = world.webhooks.target(id, environment)
      return target ? [{ environment, url: target.url, events: [...target.events] }] : []
    }),
  }
}

function exportedKeys(accountId: string, { keys }: World, now: number) {
  const living = keys.list({ accountId }).filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  return living.reverse().map(({ id, api, environment, name, scopes, expiresAt, disabledAt, revokedAt }) => ({
    api,
    name,
    ...(environment === null ? { scopes: bitsToScopes(scopes) } : { environment }),
    ...(expiresAt !== null && { expiresAt: isoTime(expiresAt) }),
    ...(disabledAt !== null && { disabled: true }),
    ...(revokedAt !== null && { revoked: true }),
    ...keys.givenOf(id),
  }))
}

function exportedConnections(accountId: string, { workflows: { connections } }: World) {
  const all = allPages((after) =>
    connections.list(accountId, { provider: null, status: null, after, limit: PAGE }),
  )
  return all.map(({ provider, name, externalAccountId, isDefault }) => ({
    provider,
    name,
    credentials: {},
    ...(externalAccountId !== null && { externalAccountId }),
    isDefault,
  }))
}

function exportedWorkflows(accountId: string, { workflows: { definitions } }: World) {
  const all = allPages((after) =>
    definitions.list(accountId, { status: null, search: null, after, limit: PAGE }),
  )
  return all.map(({ id }) => {
    const {
      name,
      description,
      trigger,
      steps,
      inputSchema,
      outputSchema,
      settings,
      variables,
      canvasState,
      status,
    } = definitions.get(accountId, id)
    return {
      name,
      description,
      status,
      trigger,
      steps,
      inputSchema,
      outputSchema,
      settings,
      variables,
      canvasState,
    }
  })
}

function exportedTasks(
  account: Account,
  environment: Environment,
  { workfunder: { tasks } }: World,
  now: number,
) {
  const holder = { id: 'export', account, environment }
  const all: Task[] = []
  for (let offset = 0; ; offset += PAGE) {
    const { items, total } = tasks.list(holder, { limit: PAGE, offset })
    all.push(...items)
    if (offset + PAGE >= total) break
  }
  return all.reverse().map((task) => taskBody(task, now))
}

function taskBody(task: Task, now: number) {
  const { address, city, state, latitude, longitude, instructions, deadline, workerId, environment } = task
  return {
    environment,
    kind: task.kind,
    status: task.status,
    ...(environment === 'live' && workerId !== null && { worker: workerId }),
    title: task.title,
    description: task.description,
    ...(instructions !== null && { instructions }),
    category: task.category,
    required_skills: task.requiredSkills.filter(isWorkerSkill),
    location: { ...(address !== null && { address }), city, state, latitude, longitude },
    budget_cents: task.budgetCents,
    priority: task.priority,
    ...(deadline !== null && deadline > now && { deadline: isoTime(deadline) }),
    proof_types: task.proofTypes,
    metadata: task.metadata,
  }
}

/** The oldest first. */
function allPages<T extends Cursor>(page: (after: Cursor | null) => Page<T>): T[] {
  const all: T[] = []
  for (let after: Cursor | null = null; ; after = all.at(-1) ?? null) {
    const { items, hasMore } = page(after)
    all.push(...items)
    if (!hasMore || items.length === 0) return all.reverse()
  }
}
