import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { invalid, refuseInvalid } from '../errors.ts'
import type { CreatedKey, Keys, NewKeyOf } from '../keys/keys.ts'
import type { BeforeRotation } from '../keys/rotation.ts'
import { SCOPES } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Api, Environment } from '../keys/token.ts'
import { nextTurn } from '../lib/next-turn.ts'
import type { Problem } from '../lib/problem.ts'
import type { Limits } from '../limits/limits.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { createKeyDetails } from './key-details.ts'
import { createKeyExplanation, type ExplainKeyInput } from './key-explanation.ts'
import { createKeyListing } from './key-listing.ts'
import type { ApiTable } from './key-rehearsal.ts'
import { createKeySelector } from './key-selector.ts'
import { createKeyUsage, type UsageUnit } from './key-usage.ts'
import { createKeyVerification } from './key-verification.ts'
import { keyView } from './key-view.ts'
import { PAGE_MAX } from './listed.ts'

export type CreateKeyInput = {
  api: Api
  name: string
  /** Workflows only; left out: all of them. */
  scopes?: string[]
  /** WorkFunder only, and required there. */
  environment?: Environment
  /** Left out: the only account, which is made where there is none. */
  accountId?: string
  /** How long the key lives, in ms; left out, with `expiresAt`: for ever. */
  lifetimeMs?: number
  /** When it expires, in ms since the Unix epoch. */
  expiresAt?: number
}

/** All keys of the account that are not revoked, or those that are named. */
export type RevokeKeysInput = { accountId: string } | { keys: string[] }

export type RotateKeyInput = {
  id: string
  /** How long the old secret goes on, in ms; left out: it is refused at once. */
  overlapMs?: number
  /** How long the key lives from now on, in ms; left out: as long as before. */
  lifetimeMs?: number
  /** In its place: until when, in ms since the Unix epoch. */
  expiresAt?: number
}

export type UndoRotationInput = {
  id: string
  /** Of the secret that reached nobody. */
  prefix: string
  /** As `rotate` told it. */
  before: BeforeRotation
}

/** The account that the first key gets where none was made before. */
const DEFAULT_ACCOUNT = 'default'

/** How many keys one call revokes, in turns between which requests are served. */
const REVOKED_MAX = 1000

/** Each is a row of the audit trail too: some 15 ms of work. */
const REVOKED_PER_TURN = 20

/** `id` and `key`, and each of `keys`, is an id or what else names a key (key-selector.ts). */
export function createKeyOperations(parts: Parts, actor: Actor) {
  const { accounts, keys, clock } = parts
  const select = createKeySelector(keys)
  const usage = createKeyUsage(parts)
  const listing = createKeyListing({ ...parts, usage })
  const details = createKeyDetails({ ...parts, usage })
  const explanation = createKeyExplanation(parts)
  const view = (key: KeyRecord) => keyView(key, clock)

  /** @throws NOT_FOUND, INVALID_INPUT */
  async function namedIn(input: RevokeKeysInput): Promise<string[]> {
    if ('accountId' in input) {
      const { accountId } = input
      return (await listing.list({ accountId, limit: PAGE_MAX })).map(({ id }) => id)
    }
    if (!Array.isArray(input.keys) || input.keys.length === 0 || input.keys.length > REVOKED_MAX) {
      throw invalid('keys', `must be a list of 1 to ${REVOKED_MAX} keys`)
    }
    const named: string[] = []
    for (const selector of input.keys) named.push((await select(selector)).id)
    return [...new Set(named)]
  }

  /** Those that cannot be stored are in force too, and so are those after them. @throws the last failure, at the end */
  async function revokeInTurns(ids: readonly string[]): Promise<KeyRecord[]> {
    const revoked: KeyRecord[] = []
    let failure: unknown = null
    for (let from = 0; from < ids.length; from += REVOKED_PER_TURN) {
      try {
        revoked.push(...keys.revokeAll(ids.slice(from, from + REVOKED_PER_TURN), actor))
      } catch (error) {
        failure = error
      }
      await nextTurn()
    }
    if (failure !== null) throw failure
    return revoked
  }

  return {
    /** @throws NOT_FOUND for the account, INVALID_INPUT, CONFLICT where an account must be named */
    async create(input: CreateKeyInput) {
      const { name, scopes = [...SCOPES], environment, lifetimeMs } = input
      refuseInvalid(newKeyProblems(input))
      const expiresAt = lifetimeMs === undefined ? (input.expiresAt ?? null) : clock.now() + lifetimeMs
      const key: NewKeyOf =
        environment === undefined
          ? { name, expiresAt, api: 'workflows', scopes }
          : { name, expiresAt, api: 'workfunder', environment }
      // Before an account is created, so that a refused key leaves none behind.
      keys.refuseUnfit(key)
      const account =
        input.accountId === undefined
          ? accounts.onlyOrCreate(DEFAULT_ACCOUNT, actor)
          : accounts.find(input.accountId)
      const created: CreatedKey = await keys.create({ ...key, accountId: account.id }, null, actor)
      return { ...view(created), accountName: account.name, key: created.token }
    },

    ...listing,

    /** @throws NOT_FOUND, INVALID_INPUT */
    show: async ({ key }: { key: string }) => details(await select(key)),

    /** How its requests were answered. @throws NOT_FOUND, INVALID_INPUT */
    usage: async ({ key, by }: { key: string; by?: UsageUnit }) => usage.usageOf(await select(key), by),

    /** Where it came from. @throws NOT_FOUND, INVALID_INPUT */
    addresses: async ({ key }: { key: string }) => usage.addressesOf(await select(key)),

    /** In force when this returns. @throws NOT_FOUND, INVALID_INPUT */
    revoke: async ({ id }: { id: string }) => view(keys.revoke((await select(id)).id, actor)),

    /**
     * In force when this returns; where one of the names is wrong, none is revoked. Of an account's keys it takes the
     * five hundred made last: call it until it gives none.
     * @returns those that were revoked
     * @throws NOT_FOUND, INVALID_INPUT; UNAVAILABLE where it is in force, but could not be stored
     */
    async revokeAll(input: RevokeKeysInput) {
      return (await revokeInTurns(await namedIn(input))).map(view)
    },

    /**
     * Gives a key a new secret, which is in force when this settles.
     * @returns the key with it, and what undoes that.
     * @throws NOT_FOUND, INVALID_INPUT, INVALID_STATE unless the key is good
     */
    async rotate({ id, overlapMs = 0, lifetimeMs, expiresAt }: RotateKeyInput) {
      refuseInvalid(lifetimeProblems(lifetimeMs))
      const until = lifetimeMs === undefined ? expiresAt : clock.now() + lifetimeMs
      const { before, ...rotated } = await keys.rotate(
        (await select(id)).id,
        { overlapMs, expiresAt: until },
        null,
        actor,
      )
      const { expiresAt: expiredAt, rotatedAt } = before
      return { ...view(rotated), key: rotated.token, before: { expiresAt: expiredAt, rotatedAt } }
    },

    /** For a new secret that reached nobody: the old one goes on alone. @throws NOT_FOUND, CONFLICT, INVALID_INPUT */
    async undoRotation({ id, prefix, before }: UndoRotationInput) {
      refuseInvalid(beforeProblems(before))
      const { expiresAt, rotatedAt } = before
      return view(keys.undoRotation(id, prefix, { expiresAt, rotatedAt }, actor))
    },

    /** Ends a key's old secret now. @throws NOT_FOUND, INVALID_STATE where none goes on */
    endOverlap: async ({ id }: { id: string }) => view(keys.endOverlap((await select(id)).id, actor)),

    /** Refuses a key until it is enabled again; in force when this returns. @throws NOT_FOUND, INVALID_STATE */
    disable: async ({ id }: { id: string }) => view(keys.disable((await select(id)).id, actor)),

    /** @throws NOT_FOUND, INVALID_STATE */
    enable: async ({ id }: { id: string }) => view(keys.enable((await select(id)).id, actor)),

    /** In force when this returns. @throws NOT_FOUND, INVALID_STATE */
    expire: async ({ id }: { id: string }) => view(keys.expire((await select(id)).id, actor)),

    /** @throws NOT_FOUND, INVALID_INPUT */
    rename: async ({ id, name }: { id: string; name: string }) =>
      view(keys.rename((await select(id)).id, name, actor)),

    verify: createKeyVerification(parts),

    /** @throws NOT_FOUND, INVALID_INPUT */
    explain: async ({ key, ...request }: ExplainKeyInput & { key: string }) =>
      explanation(await select(key), request),
  }
}

// --- internal ---

type Parts = {
  accounts: Accounts
  keys: Keys
  limits: Limits
  workfunder: Workfunder
  apis: () => readonly ApiTable[]
  audit: AuditTrail
  clock: Clock
}

/** The admin socket takes any JSON, and a key of the wrong kind would open too much; so each field is checked here. */
function newKeyProblems({ api, environment, scopes, lifetimeMs, expiresAt }: CreateKeyInput): Problem[] {
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
  if (expiresAt !== undefined && !(Number.isFinite(expiresAt) && lifetimeMs === undefined)) {
    problems.push({ field: 'expiresAt', message: 'must be a point in time, without a lifetime beside it' })
  }
  return [...problems, ...lifetimeProblems(lifetimeMs)]
}

function lifetimeProblems(lifetimeMs: number | undefined): Problem[] {
  if (lifetimeMs === undefined || (Number.isFinite(lifetimeMs) && lifetimeMs > 0)) return []
  return [{ field: 'lifetimeMs', message: 'must be a number above 0' }]
}

function beforeProblems(before: BeforeRotation): Problem[] {
  const times = [before?.expiresAt, before?.rotatedAt]
  if (times.every((time) => time === null || Number.isSafeInteger(time))) return []
  return [{ field: 'before', message: 'must tell expiresAt and rotatedAt' }]
}
