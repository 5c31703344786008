import type { Actor } from '../../audit/actor.ts'
import { type Endpoint, endpoint } from '../../http/endpoint.ts'
import { instantField } from '../../http/instant-field.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { SECOND_MS } from '../../lib/duration.ts'
import type { Sandbox } from '../simulation.ts'
import type { Proof, TaskKind } from '../tasks/task.ts'
import type { Tasks } from '../tasks/tasks.ts'
import type { AccountFacts } from './account-facts.ts'
import type { ApiKeys } from './api-keys.ts'
import { newKeyFrom, newTaskFrom, rethrowInWireNames } from './inputs.ts'
import { page } from './page.ts'
import {
  createKeyBody,
  createTaskBody,
  disputeBody,
  keysQuery,
  pageQuery,
  rejectBody,
  rotateKeyBody,
  simulateBody,
  tasksQuery,
} from './schemas.ts'
import { disputeToWire, proofToWire, taskToWire } from './task-wire.ts'
import type { AccountUsage } from './usage.ts'
import { accountToWire, created, createdKeyToWire, keyToWire, list, ok, usageToWire } from './wire.ts'

export type WorkfunderParts = {
  apiKeys: ApiKeys
  /** Who a change is told to be of. */
  actorOf: (holder: LiveKey, request: Request) => Actor
  tasks: Tasks
  sandbox: Sandbox
  usage: AccountUsage
  /** What GET /account shows besides the account itself. */
  accountFacts: (holder: LiveKey) => AccountFacts
  /** Where a proof's file can be fetched; null where it has none. */
  fileUrl: (proof: Proof) => string | null
}

/** The WorkFunder API, line by line; any key may call any of them, within its environment. */
export function workfunderEndpoints(parts: WorkfunderParts): Endpoint[] {
  return [
    ...accountEndpoints(parts),
    ...keyEndpoints(parts),
    ...taskEndpoints(parts, 'task'),
    ...taskEndpoints(parts, 'bounty'),
    ...reviewEndpoints(parts),
  ]
}

// --- internal ---

/** For the answers with a whole key in them: nobody between us and the client may keep it. */
const NO_STORE = { 'Cache-Control': 'no-store' }

type Ids = Readonly<Record<string, string>>

const idOf = (params: Ids) => params.id ?? ''

function accountEndpoints({ accountFacts, usage }: WorkfunderParts): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/account',
      handle: ({ key }) => ok(accountToWire(key.account, accountFacts(key))),
    }),
    endpoint({
      method: 'GET',
      path: '/account/usage',
      handle: ({ key }) => ok(usageToWire(usage.ofMonth(key))),
    }),
  ]
}

function keyEndpoints({ apiKeys, actorOf }: WorkfunderParts): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/account/keys',
      query: keysQuery,
      handle({ key, query }) {
        const { limit, offset } = page(query)
        const { items, total } = apiKeys.list(key, { environment: query.environment, limit, offset })
        return list(items.map(keyToWire), { total, limit, offset })
      },
    }),
    endpoint({
      method: 'POST',
      path: '/account/keys',
      body: createKeyBody,
      async handle({ key, body, request }) {
        // Also before its date is read: who may not make a key is told that first.
        apiKeys.refuseMaking(key, body.environment)
        const actor = actorOf(key, request)
        const made = await apiKeys.create(key, newKeyFrom(body), actor).catch(rethrowInWireNames)
        return created(createdKeyToWire(made), NO_STORE)
      },
    }),
    endpoint({
      method: 'POST',
      path: '/account/keys/:id/rotate',
      body: rotateKeyBody,
      bodyMayBeMissing: true,
      async handle({ key, params, body: { overlap_seconds = 0 }, request }) {
        const overlapMs = overlap_seconds * SECOND_MS
        const rotated = await apiKeys.rotate(key, idOf(params), overlapMs, actorOf(key, request))
        return ok(createdKeyToWire(rotated), NO_STORE)
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/account/keys/:id',
      handle: ({ key, params, request }) =>
        ok(keyToWire(apiKeys.revoke(key, idOf(params), actorOf(key, request)))),
    }),
  ]
}

/** Under /tasks both kinds show; under /bounties only bounties. */
function taskEndpoints({ tasks }: WorkfunderParts, kind: TaskKind): Endpoint[] {
  const path = kind === 'task' ? '/tasks' : '/bounties'
  const only = kind === 'task' ? undefined : kind
  return [
    endpoint({
      method: 'POST',
      path,
      takesTask: true,
      body: createTaskBody,
      handle: ({ key, body }) => created(taskToWire(tasks.create(key, kind, newTaskFrom(body)))),
    }),
    endpoint({
      method: 'GET',
      path,
      repeatable: true,
      query: tasksQuery,
      handle({ key, query }) {
        const { status, category } = query
        const createdAfter = instantField('created_after', query.created_after) ?? undefined
        const createdBefore = instantField('created_before', query.created_before) ?? undefined
        const { limit, offset } = page(query)
        const filter = { kind: only, status, category, createdAfter, createdBefore, limit, offset }
        const { items, total } = tasks.list(key, filter)
        return list(items.map(taskToWire), { total, limit, offset })
      },
    }),
    endpoint({
      method: 'GET',
      path: `${path}/:id`,
      repeatable: true,
      handle: ({ key, params }) => ok(taskToWire(tasks.find(key, idOf(params), only))),
    }),
    endpoint({
      method: 'POST',
      path: `${path}/:id/cancel`,
      handle: ({ key, params }) => ok(taskToWire(tasks.cancel(key, tasks.find(key, idOf(params), only).id))),
    }),
    endpoint({
      method: 'POST',
      path: `${path}/:id/fund`,
      handle: ({ key, params }) => ok(taskToWire(tasks.fund(key, tasks.find(key, idOf(params), only).id))),
    }),
  ]
}

function reviewEndpoints({ tasks, sandbox, fileUrl }: WorkfunderParts): Endpoint[] {
  const proofIdOf = (params: Ids) => params.proof_id ?? ''
  return [
    endpoint({
      method: 'GET',
      path: '/tasks/:id/proofs',
      query: pageQuery,
      handle({ key, params, query }) {
        const { limit, offset } = page(query)
        const all = tasks.proofsOf(key, idOf(params))
        const shown = all.slice(offset, offset + limit).map((proof) => proofToWire(proof, fileUrl(proof)))
        return list(shown, { total: all.length, limit, offset })
      },
    }),
    endpoint({
      method: 'POST',
      path: '/tasks/:id/proofs/:proof_id/approve',
      handle: ({ key, params }) => ok(taskToWire(tasks.approve(key, idOf(params), proofIdOf(params)))),
    }),
    endpoint({
      method: 'POST',
      path: '/tasks/:id/proofs/:proof_id/reject',
      body: rejectBody,
      handle: ({ key, params, body }) =>
        ok(taskToWire(tasks.reject(key, idOf(params), proofIdOf(params), body.reason))),
    }),
    endpoint({
      method: 'POST',
      path: '/tasks/:id/dispute',
      body: disputeBody,
      handle: ({ key, params, body }) =>
        created(disputeToWire(tasks.dispute(key, idOf(params), body.reason))),
    }),
    endpoint({
      method: 'GET',
      path: '/tasks/:id/dispute',
      handle: ({ key, params }) => ok(disputeToWire(tasks.disputeOf(key, idOf(params)))),
    }),
    endpoint({
      method: 'POST',
      path: '/tasks/:id/simulate',
      body: simulateBody,
      handle: ({ key, params, body }) => ok(taskToWire(sandbox.simulate(key, idOf(params), body.to))),
    }),
  ]
}
