import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import type { Clock } from '../clock.ts'
import { refuseInvalid } from '../errors.ts'
import { isOverlapping, statusOf } from '../keys/key-status.ts'
import type { CreatedKey, Keys, NewKeyOf } from '../keys/keys.ts'
import type { BeforeRotation } from '../keys/rotation.ts'
import { bitsToScopes, SCOPES } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Api, Environment } from '../keys/token.ts'
import { isoTime } from '../lib/instant.ts'
import type { Problem } from '../lib/problem.ts'

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

export type KeyView = Awaited<ReturnType<KeyOperations['revoke']>>

/** The account that the first key gets where none was made before. */
const DEFAULT_ACCOUNT = 'default'

type KeyOperations = ReturnType<typeof createKeyOperations>

export function createKeyOperations({ accounts, keys, clock }: Parts, actor: Actor) {
  function view(key: KeyRecord) {
    const isRotating = isOverlapping(key, clock.now())
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
      status: statusOf(key, clock.now()),
      createdAt: isoTime(key.createdAt),
      lastUsedAt: isoTime(key.lastUsedAt),
      expiresAt: isoTime(key.expiresAt),
      revokedAt: isoTime(key.revokedAt),
      disabledAt: isoTime(key.disabledAt),
      /** When its secret was last replaced; null: it has the one that it was made with. */
      rotatedAt: isoTime(key.rotatedAt),
      /** The old secret that goes on, and until when; null: there is none. */
      previousPrefix: isRotating ? key.previousPrefix : null,
      previousEndsAt: isRotating ? isoTime(key.previousEndsAt) : null,
    }
  }

  return {
    /** @throws NOT_FOUND for the account, INVALID_INPUT, CONFLICT where an account must be named */
    async create(input: CreateKeyInput) {
      const { name, scopes = [...SCOPES], environment, lifetimeMs } = input
      refuseInvalid(keyKindProblems(input))
      const expiresAt = lifetimeMs === undefined ? null : clock.now() + lifetimeMs
      const key: NewKeyOf =
        environment === undefined
          ? { name, expiresAt, api: 'workflows', scopes }
          : { name, expiresAt, api: 'workfunder', environment }
      // Before an account is created, so that a refused key leaves none behind.
      keys.refuseUnfit(key)
      const accountId = input.accountId ?? accounts.onlyOrCreate(DEFAULT_ACCOUNT, actor).id
      const created: CreatedKey = await keys.create({ ...key, accountId }, null, actor)
      return { ...view(created), key: created.token }
    },

    /** Newest first. @throws NOT_FOUND for an account that is not there. */
    async list({ all, accountId, api }: ListKeysInput) {
      if (accountId !== undefined) accounts.find(accountId)
      return keys.list({ accountId, api, unrevoked: !all }).map(view)
    },

    /** In force when this returns. @throws NOT_FOUND */
    revoke: async ({ id }: { id: string }) => view(keys.revoke(id, actor)),

    /**
     * Gives a key a new secret, which is in force when this settles.
     * @returns the key with it, and what undoes that.
     * @throws NOT_FOUND, INVALID_INPUT, INVALID_STATE unless the key is good
     */
    async rotate({ id, overlapMs = 0, lifetimeMs, expiresAt }: RotateKeyInput) {
      refuseInvalid(lifetimeProblems(lifetimeMs))
      const until = lifetimeMs === undefined ? expiresAt : clock.now() + lifetimeMs
      const { before, ...rotated } = await keys.rotate(id, { overlapMs, expiresAt: until }, null, actor)
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
    endOverlap: async ({ id }: { id: string }) => view(keys.endOverlap(id, actor)),

    /** Refuses a key until it is enabled again; in force when this returns. @throws NOT_FOUND, INVALID_STATE */
    disable: async ({ id }: { id: string }) => view(keys.disable(id, actor)),

    /** @throws NOT_FOUND, INVALID_STATE */
    enable: async ({ id }: { id: string }) => view(keys.enable(id, actor)),

    /** @throws NOT_FOUND, INVALID_INPUT */
    rename: async ({ id, name }: { id: string; name: string }) => view(keys.rename(id, name, actor)),
  }
}

// --- internal ---

type Parts = { accounts: Accounts; keys: Keys; clock: Clock }

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
