import type { Actor } from '../../audit/actor.ts'
import { type Endpoint, endpoint, tagged } from '../../http/endpoint.ts'
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
  accountReply,
  createdKeyReply,
  disputeReply,
  keyReply,
  listOf,
  proofReply,
  taskReply,
  usageReply,
} from './reply-schemas.ts'
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
  /** When the billing month of the holder's account began, in ms. */
  monthStart: (holder: LiveKey) => number
  /** Where a proof's file can be fetched; null where it has none. */
  fileUrl: (proof: Proof) => string | null
}

/** The WorkFunder API, line by line; any key may call any of them, within its environment. */
export function workfunderEndpoints(parts: WorkfunderParts): Endpoint[] {
  return [
    ...tagged('Tasks', taskEndpoints(parts, 'task')),
    ...tagged('Bounties', taskEndpoints(parts, 'bounty')),
    ...tagged('Proofs and disputes', reviewEndpoints(parts)),
    ...tagged('Account', accountEndpoints(parts)),
    ...tagged('Account keys', keyEndpoints(parts)),
  ]
}

// --- internal ---

/** For the answers with a whole key in them: nobody between us and the client may keep it. */
const NO_STORE = { 'Cache-Control': 'no-store' }

type Ids = Readonly<Record<string, string>>

const idOf = (params: Ids) => params.id ?? ''

function accountEndpoints({ accountFacts, monthStart, usage }: WorkfunderParts): Endpoint[] {
  return [
    endpoint({
      summary: 'Get account',
      method: 'GET',
      path: '/account',
      repeatable: true,
      repeatableFor: (key) => `${monthStart(key)}`,
      replies: { 200: accountReply },
      handle: ({ key }) => ok(accountToWire(key.account, accountFacts(key))),
    }),
    endpoint({
      summary: 'Get account usage',
      method: 'GET',
      path: '/account/usage',
      replies: { 200: usageReply },
      handle: async ({ key }) => ok(usageToWire(await usage.ofMonth(key))),
    }),
  ]
}

function keyEndpoints({ apiKeys, actorOf }: WorkfunderParts): Endpoint[] {
  return [
    endpoint({
      summary: 'List account keys',
      method: 'GET',
      path: '/account/keys',
      query: keysQuery,
      replies: { 200: listOf(keyReply) },
      refuses: ['FORBIDDEN'],
      handle({ key, query }) {
        const { limit, offset } = page(query)
        const { items, total } = apiKeys.list(key, { environment: query.environment, limit, offset })
        return list(items.map(keyToWire), { total, limit, offset })
      },
    }),
    endpoint({
      summary: 'Create account key',
      method: 'POST',
      path: '/account/keys',
      body: createKeyBody,
      replies: { 201: createdKeyReply },
      refuses: ['FORBIDDEN', 'CONFLICT'],
      async handle({ key, body, request }) {
        // Also before its date is read: who may not make a key is told that first.
        apiKeys.refuseMaking(key, body.environment)
        const actor = actorOf(key, request)
        const made = await apiKeys.create(key, newKeyFrom(body), actor).catch(rethrowInWireNames)
        return created(createdKeyToWire(made), NO_STORE)
      },
    }),
    endpoint({
      summary: 'Rotate account key',
      method: 'POST',
      path: '/account/keys/:id/rotate',
      body: rotateKeyBody,
      bodyMayBeMissing: true,
      replies: { 200: createdKeyReply },
      refuses: ['FORBIDDEN', 'INVALID_STATE', 'CONFLICT'],
      async handle({ key, params, body: { overlap_seconds = 0 }, request }) {
        const overlapMs = overlap_seconds * SECOND_MS
        const rotated = await apiKeys.rotate(key, idOf(params), overlapMs, actorOf(key, request))
        return ok(createdKeyToWire(rotated), NO_STORE)
      },
    }),
    endpoint({
      summary: 'Revoke account key',
      method: 'DELETE',
      path: '/account/keys/:id',
      replies: { 200: keyReply },
      handle: ({ key, params, request }) =>
        ok(keyToWire(apiKeys.revoke(key, idOf(params), actorOf(key, request)))),
    }),
  ]
}

/** Under /tasks both kinds show; under /bounties only bounties. */
function taskEndpoints({ tasks }: WorkfunderParts, kind: TaskKind): Endpoint[] {
  const plural = kind === 'task' ? 'tasks' : 'bounties'
  const path = `/${plural}`
  const only = kind === 'task' ? undefined : kind
  return [
    endpoint({
      summary: `Create ${kind}`,
      method: 'POST',
      path,
      takesTask: true,
      body: createTaskBody,
      replies: { 201: taskReply },
      refuses: ['QUOTA_EXCEEDED'],
      async handle({ key, body }) {
        return created(taskToWire(await tasks.createSoon(key, kind, newTaskFrom(body))))
      },
    }),
    endpoint({
      summary: `List ${plural}`,
      method: 'GET',
      path,
      repeatable: true,
      query: tasksQuery,
      replies: { 200: listOf(taskReply) },
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
      summary: `Get ${kind}`,
      method: 'GET',
      path: `${path}/:id`,
      repeatable: true,
      replies: { 200: taskReply },
      handle: ({ key, params }) => ok(taskToWire(tasks.find(key, idOf(params), only))),
    }),
    endpoint({
      summary: `Cancel ${kind}`,
      method: 'POST',
      path: `${path}/:id/cancel`,
      replies: { 200: taskReply },
      refuses: ['INVALID_STATE'],
      async handle({ key, params }) {
        const { id } = tasks.find(key, idOf(params), only)
        return ok(taskToWire(await tasks.cancel(key, id)))
      },
    }),
    endpoint({
      summary: `Fund ${kind}`,
      method: 'POST',
      path: `${path}/:id/fund`,
      replies: { 200: taskReply },
      refuses: ['INVALID_STATE', 'INSUFFICIENT_FUNDS'],
      async handle({ key, params }) {
        const { id } = tasks.find(key, idOf(params), only)
        return ok(taskToWire(await tasks.fund(key, id)))
      },
    }),
  ]
}

function reviewEndpoints({ tasks, sandbox, fileUrl }: WorkfunderParts): Endpoint[] {
  const proofIdOf = (params: Ids) => params.proof_id ?? ''
  return [
    endpoint({
      summary: 'List proofs',
      method: 'GET',
      path: '/tasks/:id/proofs',
      query: pageQuery,
      replies: { 200: listOf(proofReply) },
      handle({ key, params, query }) {
        const { limit, offset } = page(query)
        const all = tasks.proofsOf(key, idOf(params))
        const shown = all.slice(offset, offset + limit).map((proof) => proofToWire(proof, fileUrl(proof)))
        return list(shown, { total: all.length, limit, offset })
      },
    }),
    endpoint({
      summary: 'Approve proof',
      method: 'POST',
      path: '/tasks/:id/proofs/:proof_id/approve',
      replies: { 200: taskReply },
      refuses: ['INVALID_STATE'],
      async handle({ key, params }) {
        return ok(taskToWire(await tasks.approve(key, idOf(params), proofIdOf(params))))
      },
    }),
    endpoint({
      summary: 'Reject proof',
      method: 'POST',
      path: '/tasks/:id/proofs/:proof_id/reject',
      body: rejectBody,
      replies: { 200: taskReply },
      refuses: ['INVALID_STATE'],
      async handle({ key, params, body: { reason } }) {
        return ok(taskToWire(await tasks.reject(key, idOf(params), proofIdOf(params), reason)))
      },
    }),
    endpoint({
      summary: 'Open dispute',
      method: 'POST',
      path: '/tasks/:id/dispute',
      body: disputeBody,
      replies: { 201: disputeReply },
      refuses: ['INVALID_STATE'],
      async handle({ key, params, body: { reason } }) {
        return created(disputeToWire(await tasks.dispute(key, idOf(params), reason)))
      },
    }),
    endpoint({
      summary: 'Get dispute',
      method: 'GET',
      path: '/tasks/:id/dispute',
      replies: { 200: disputeReply },
      handle: ({ key, params }) => ok(disputeToWire(tasks.disputeOf(key, idOf(params)))),
    }),
    endpoint({
      summary: 'Simulate task',
      method: 'POST',
      path: '/tasks/:id/simulate',
      body: simulateBody,
      replies: { 200: taskReply },
      refuses: ['INVALID_STATE', 'FORBIDDEN', 'INVALID_INPUT'],
      async handle({ key, params, body }) {
        return ok(taskToWire(await sandbox.simulate(key, idOf(params), body.to)))
      },
    }),
  ]
}
