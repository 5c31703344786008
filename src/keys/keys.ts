import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import type { Secret } from '../data-folder/secret.ts'
import type { Db } from '../db/open.ts'
import { adoptSecret } from '../db/secret-record.ts'
import { AppError, refuseInvalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import { nameProblems } from '../lib/name.ts'
import type { Problem } from '../lib/problem.ts'
import { logNotice } from '../log.ts'
import type { SeenAddress } from './address-store.ts'
import { createAgeWatch } from './age-watch.ts'
import { createKeyCheck, type Rejection } from './check.ts'
import { expiryProblems } from './expiry.ts'
import { createKeyHash } from './hash.ts'
import { createHolderCheck } from './holder.ts'
import { createListStore, type KeyListFilter, type KeyOrder, type ListedKey } from './list-store.ts'
import type { LiveKey } from './live-key.ts'
import { createLiveKeys } from './live-keys.ts'
import { createMaking } from './making.ts'
import { createSecretMaker, type GivenSecret, type StoredSecret } from './new-secret.ts'
import { createRecordedChange } from './recorded-change.ts'
import { createRevocations } from './revocations.ts'
import { createRotation } from './rotation.ts'
import { SCOPES, scopeNamed, scopesToBits } from './scopes.ts'
import { createKeyStore, type KeyFilter, type KeyRecord } from './store.ts'
import type { Api, Environment } from './token.ts'
import { createUsage } from './usage.ts'
import { createVerifier } from './verifier.ts'

/** What a key is to be, of whatever account. */
export type NewKeyOf = {
  name: string
  /** ms since the Unix epoch; null: never; left out: with the key that makes it. */
  expiresAt?: number | null
} & ({ api: 'workflows'; scopes: readonly string[] } | { api: 'workfunder'; environment: Environment })

export type NewKey = NewKeyOf & { accountId: string }

/** The only place where a whole key ever leaves the program: the answer that creates or rotates it. */
export type CreatedKey = KeyRecord & { token: string }

export type Keys = ReturnType<typeof createKeys>

/** Some 90 MB where all of them are in use; each key beyond them costs a look-up of some 10 µs at each request. */
const LIVE_KEYS_MAX = 1_000_000

/** Some 12 MB. One that is made anew costs 0.3 µs. */
const LIVE_OBJECTS_MAX = 50_000

/** Issues, checks, lists and revokes keys. Knows neither HTTP nor a vendor's wire. */
export function createKeys({ db, accounts, clock, hostClock = clock, secret, audit, bcryptCost }: Parts) {
  const stored = createKeyStore(db)
  const revocations = createRevocations({ store: stored, audit })
  const store = { ...stored, byPrefix: revocations.byPrefix, get: revocations.get, list: revocations.list }
  const liveKeys = createLiveKeys(LIVE_KEYS_MAX, LIVE_OBJECTS_MAX)
  const verifier = createVerifier(secret)
  const keyHash = createKeyHash(bcryptCost)
  const usage = createUsage({ db, clock: hostClock, wall: clock })
  const secretChanged = adoptSecret(db, secret.fingerprint)

  const check = createKeyCheck({ store, accounts, liveKeys, verifier, keyHash, clock })
  const lists = createListStore({ db, clock, unstored: revocations.unstored, storeUses: usage.storeOf })
  const { refuseEnded, readGood } = createHolderCheck({ store, accounts, liveKeys, check, clock })
  const making = createMaking({ store, readGood, clock })
  const secrets = createSecretMaker({ keyHash, verifier })
  const recordedChange = createRecordedChange({ store, audit })
  const rotation = createRotation({
    store,
    clock,
    makeSecret: secrets.make,
    readGood,
    find,
    recordedChange,
    onChange: forgetSecrets,
  })

  /** What is known of a key in memory ends with this; the next request asks the database. */
  function forgetSecrets({ prefix, previousPrefix }: KeyRecord): void {
    liveKeys.remove(prefix)
    if (previousPrefix !== null) liveKeys.remove(previousPrefix)
  }

  function find(id: string): KeyRecord {
    const record = store.get(id)
    if (!record) throw new AppError('NOT_FOUND', 'API key not found')
    return usage.withLastUse(record)
  }

  function findUnrevoked(id: string): KeyRecord {
    const key = find(id)
    if (key.revokedAt !== null) throw new AppError('INVALID_STATE', 'The API key is revoked')
    return key
  }

  function revokeTogether(ids: readonly string[], actor: Actor): void {
    for (const id of ids) forgetSecrets(find(id))
    revocations.revoke(ids, clock.now(), actor)
  }

  function refuseUnfit(input: NewKeyOf): void {
    refuseInvalid([
      ...nameProblems('name', input.name),
      ...(input.api === 'workflows' ? scopeProblems(input.scopes) : []),
      ...expiryProblems(input.expiresAt ?? null, clock.now()),
    ])
  }

  function insert(id: string, input: NewKey, { maker, expiresAt, secret, actor }: Insertion): void {
    const scopes = input.api === 'workflows' ? input.scopes : []
    const environment = input.api === 'workfunder' ? input.environment : null
    const { api, name, accountId } = input
    store.insert({
      id,
      accountId,
      api,
      environment,
      name,
      ...secret,
      scopes: scopesToBits(scopes.map(scopeNamed).filter((scope) => scope !== null)),
      madeBy: maker?.id ?? null,
      createdAt: clock.now(),
      expiresAt,
      revokedAt: null,
    })
    const after = { api, environment, name, prefix: secret.prefix, scopes, expiresAt: isoTime(expiresAt) }
    audit.record({ actor, action: 'keys.create', subject: id, accountId, after })
  }

  return {
    check: check.check,
    prove: check.prove,
    ...rotation,
    refuseEnded,
    /** What ends by itself, while nobody does anything. */
    due: { expiries: stored.expiries, overlapEnds: stored.overlapEnds },
    recordUse: usage.record,
    recordAnswer: usage.recordAnswer,
    recordRefusal: usage.recordRefusal,
    isAddressDue: usage.isAddressDue,
    storeUsage: usage.storeAll,
    storeDueUsage: usage.storeDue,
    storeDueAddresses: usage.storeDueAddresses,
    /** Whether secret.key is not the one this database was made with, and nobody has accepted that. */
    secretChanged,

    /** Checks a new key's fields before other work begins. @throws INVALID_INPUT as `create` does. */
    refuseUnfit,

    /**
     * Makes a key.
     * @param maker the key that makes it over HTTP, which must still be good when the new one is stored; null: the
     * operator makes it.
     * @param actor who is told in the audit trail to have made it.
     * @throws NOT_FOUND for the account, INVALID_INPUT for a name, scope or expiry that is not allowed; with a maker
     * also what `Making` throws, and UNAVAILABLE where too many keys wait to be made.
     */
    async create(input: NewKey, maker: LiveKey | null, actor: Actor): Promise<CreatedKey> {
      accounts.find(input.accountId)
      refuseUnfit(input)
      const expiresAt = input.expiresAt === undefined ? expiryOf(maker) : input.expiresAt
      // Also before bcrypt, which is 50 ms of work.
      if (maker) making.refuse(maker, expiresAt)
      const environment = input.api === 'workfunder' ? input.environment : null
      const { token, ...secret } = await secrets.make({ api: input.api, environment }, maker)
      const id = Bun.randomUUIDv7()
      store.atomically(() => {
        if (maker) making.refuse(maker, expiresAt)
        insert(id, input, { maker, expiresAt, secret, actor })
      })
      return { ...find(id), token }
    },

    /**
     * Makes a key of a secret that somebody has already. @throws as `create` does for the operator; INVALID_INPUT for a secret
     * that is no key's, CONFLICT where another key begins as it does
     */
    async take(input: NewKey, given: GivenSecret, actor: Actor): Promise<KeyRecord> {
      accounts.find(input.accountId)
      refuseUnfit(input)
      const environment = input.api === 'workfunder' ? input.environment : null
      const secret = await secrets.take(input.api, environment, given)
      const id = Bun.randomUUIDv7()
      store.atomically(() => {
        if (store.byPrefix(secret.prefix))
          throw new AppError('CONFLICT', 'Another key begins as this one does')
        insert(id, input, { maker: null, expiresAt: input.expiresAt ?? null, secret, actor })
      })
      return find(id)
    },

    /** What `take` makes the same key of, elsewhere. @throws NOT_FOUND */
    givenOf(id: string): GivenSecret {
      const { prefix } = find(id)
      const { bcryptHash = '' } = store.byPrefix(prefix) ?? {}
      return { prefix, bcryptHash }
    },

    /** Newest first. */
    list: (filter: KeyFilter): KeyRecord[] => store.list(filter).map(usage.withLastUse),

    /** How many keys `list` would give without a limit. */
    count: store.count,

    find,

    /** Keys whose id begins with this, in the order of their ids. @param limit how many at most */
    withIdBeginning: (beginning: string, limit: number): KeyRecord[] =>
      store.withIdBeginning(beginning, limit).map(revocations.shown),

    /** The key that has, or had before its last rotation, a secret with these first 20 characters. */
    withPrefix(prefix: string): KeyRecord | null {
      const secret = store.byPrefix(prefix)
      return secret ? find(secret.key.id) : null
    },

    /** What `check` would say of a key, were the whole of its present secret presented to an API. */
    standingOf: (key: KeyRecord, api: Api): LiveKey | Rejection =>
      check.standingOf({ key, prefix: key.prefix, endsAt: Number.POSITIVE_INFINITY }, api),

    /**
     * Tells whose key a whole key is, whether or not it may still be used; counts nothing.
     * @returns `isReplaced`: another secret has taken this one's place, and its time is over
     * @throws UNAVAILABLE where too many keys wait for bcrypt.
     */
    async identify(presented: string): Promise<{ key: KeyRecord; isReplaced: boolean } | null> {
      const secret = await check.identify(presented)
      return secret && { key: find(secret.key.id), isReplaced: secret.endsAt <= clock.now() }
    },

    /**
     * The operator's list, in slices between which requests are served.
     * @param page `after`: the id of the key that ended the page before
     * @throws NOT_FOUND for that key
     */
    async listAny(filter: KeyListFilter, { after, ...page }: ListPage): Promise<ListedKey[]> {
      const last = after === undefined ? undefined : find(after)
      const listed = await lists.list(filter, { ...page, after: last })
      return listed.map((key) => usage.withLastUse(revocations.shown(key)))
    },

    /** How many keys `listAny` would give without a limit. */
    countAny: lists.count,

    /** How many keys of each API are active, rotating, disabled, expired, revoked; counted in slices. */
    countByStatus: lists.countByStatus,

    /** What a key was used, as of now. @param firstDay days since the Unix epoch, in UTC */
    usageOf: usage.of,

    /** How a key's requests were answered, by the minute, hour and day, as of now. */
    outcomesOf: { minute: usage.byMinute, hour: usage.byHour, day: usage.byDay },

    /** Stores what an account's keys were used, before that is read with SQL; in slices between which requests are served. */
    async storeUsageOf(accountId: string): Promise<void> {
      for await (const seqs of lists.seqsOf(accountId)) await usage.storeOf(seqs)
    },

    /** Requests of several keys that were admitted on a day, those without any left out. */
    requestsOn: usage.requestsOn,

    /** When keys that had been seen from one address were first seen from another, since a time in ms. */
    newAddressesSince: usage.newAddressesSince,

    /** Where a key came from in the last 30 days, newest seen first. */
    addressesOf: (seq: number): SeenAddress[] => usage.addressesOf(seq, clock.now()),

    /** Deletes usage that is older than it is kept; for a timer. */
    pruneUsage: (): void => usage.prune(clock.now()),

    /**
     * In force in memory and on disk before this returns; a key that is revoked already keeps its time.
     * @throws NOT_FOUND; UNAVAILABLE where it is in force, but could not be stored.
     */
    revoke(id: string, actor: Actor): KeyRecord {
      revokeTogether([id], actor)
      return find(id)
    },

    /** As `revoke`, for several keys at once. @param ids each is some 0.7 ms of work */
    revokeAll(ids: readonly string[], actor: Actor): KeyRecord[] {
      revokeTogether(ids, actor)
      return ids.map(find)
    },

    /**
     * Refuses a key until it is enabled again. In force when this returns; a disabled key keeps its time.
     * @throws NOT_FOUND; INVALID_STATE where it is revoked
     */
    disable(id: string, actor: Actor): KeyRecord {
      const key = findUnrevoked(id)
      if (key.disabledAt === null) {
        recordedChange({ id, action: 'keys.disable', actor }, () => store.setDisabled(id, clock.now()))
      }
      forgetSecrets(key)
      return find(id)
    },

    /** @throws NOT_FOUND; INVALID_STATE where it is revoked */
    enable(id: string, actor: Actor): KeyRecord {
      findUnrevoked(id)
      recordedChange({ id, action: 'keys.enable', actor }, () => store.setDisabled(id, null))
      return find(id)
    },

    /**
     * Lets a key expire now. In force when this returns; one that has expired keeps its time.
     * @throws NOT_FOUND; INVALID_STATE where it is revoked
     */
    expire(id: string, actor: Actor): KeyRecord {
      const key = findUnrevoked(id)
      const now = clock.now()
      if (key.expiresAt === null || key.expiresAt > now)
        recordedChange({ id, action: 'keys.expire', actor }, () => store.setExpiry(id, now))
      forgetSecrets(key)
      return find(id)
    },

    /** @throws NOT_FOUND; INVALID_INPUT */
    rename(id: string, name: string, actor: Actor): KeyRecord {
      find(id)
      refuseInvalid(nameProblems('name', name))
      recordedChange({ id, action: 'keys.rename', actor }, () => store.rename(id, name))
      return find(id)
    },

    /** Deletes an account's keys with their usage, in the caller's transaction; call `forget` after it. */
    deleteOf: store.deleteOf,

    /** Stores the revocations that could not be stored when they were asked for. */
    storeRevocations: revocations.storeAll,

    /** Tells the operator of keys that should be rotated, once a day; for a timer. */
    lookForOldKeys: createAgeWatch({ store, clock, hostClock, onFound: tellOfOldKeys }),

    /** Forgets what is in memory, after someone else wrote to the database. */
    forget: (): void => liveKeys.clear(),
  }
}

// --- internal ---

type Insertion = { maker: LiveKey | null; expiresAt: number | null; secret: StoredSecret; actor: Actor }

type ListPage = { order: KeyOrder; limit: number; after?: string }

type Parts = {
  db: Db
  accounts: Accounts
  clock: Clock
  /** Left out: the clock is the host's. */
  hostClock?: Clock
  secret: Secret
  audit: AuditTrail
  bcryptCost?: number
}

function tellOfOldKeys(count: number): void {
  const keys = count === 1 ? '1 API key has' : `${count} API keys have`
  logNotice(`${keys} had the same secret for 90 days. See which: keyward admin keys list --older-than 90d`)
}

function scopeProblems(scopes: readonly string[]): Problem[] {
  if (scopes.length === 0) return [{ field: 'scopes', message: 'must name at least one scope' }]
  const problems: Problem[] = []
  for (const [i, scope] of scopes.entries()) {
    if (scopeNamed(scope) === null) {
      problems.push({ field: `scopes[${i}]`, message: `${quoted(scope)}is not one of ${SCOPES.join(', ')}` })
    } else if (scopes.indexOf(scope) < i) {
      problems.push({ field: `scopes[${i}]`, message: `names ${scope} a second time` })
    }
  }
  return problems
}

/** Names an unknown scope where it looks like one; a key pasted into the wrong place has digits or capitals. */
function quoted(scope: string): string {
  return /^[a-z:._*-]{1,64}$/.test(scope) ? `"${scope}" ` : ''
}

/** @returns ms since the Unix epoch; null: never. */
function expiryOf(maker: LiveKey | null): number | null {
  return maker === null || maker.expiresAt === Number.POSITIVE_INFINITY ? null : maker.expiresAt
}
