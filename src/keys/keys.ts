import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Secret } from '../data-folder/secret.ts'
import type { Db } from '../db/open.ts'
import { adoptSecret } from '../db/secret-record.ts'
import { AppError, refuseInvalid } from '../errors.ts'
import { nameProblems } from '../lib/name.ts'
import type { Problem } from '../lib/problem.ts'
import { createKeyCheck } from './check.ts'
import { createKeyHash } from './hash.ts'
import { createListStore, type KeyListFilter, type KeyOrder, type ListedKey } from './list-store.ts'
import { createLiveKeys, type LiveKey } from './live-key.ts'
import { createMaking } from './making.ts'
import { createRevocations } from './revocations.ts'
import { SCOPES, scopeNamed, scopesToBits } from './scopes.ts'
import { createKeyStore, type KeyFilter, type KeyRecord } from './store.ts'
import { type Environment, generateToken, prefixOf } from './token.ts'
import { createUsage } from './usage.ts'
import { createVerifier } from './verifier.ts'

/** What a key is to be, of whatever account. */
export type NewKeyOf = {
  name: string
  /** ms since the Unix epoch; null: never; left out: with the key that makes it. */
  expiresAt?: number | null
} & ({ api: 'workflows'; scopes: readonly string[] } | { api: 'workfunder'; environment: Environment })

export type NewKey = NewKeyOf & { accountId: string }

/** The only place where a whole key ever leaves the program: the answer that creates it. */
export type CreatedKey = KeyRecord & { token: string }

export type Keys = ReturnType<typeof createKeys>

/** 100,000 keys take about 40 MB; each key beyond them costs a look-up of some 10 µs at each request. */
const LIVE_KEYS_MAX = 100_000

/** Issues, checks, lists and revokes keys. Knows neither HTTP nor a vendor's wire. */
export function createKeys({ db, accounts, clock, secret, bcryptCost }: Parts) {
  const stored = createKeyStore(db)
  const revocations = createRevocations(stored)
  const store = { ...stored, byPrefix: revocations.byPrefix, get: revocations.get, list: revocations.list }
  const liveKeys = createLiveKeys(LIVE_KEYS_MAX)
  const verifier = createVerifier(secret)
  const keyHash = createKeyHash(bcryptCost)
  const usage = createUsage(db)
  const secretChanged = adoptSecret(db, secret.fingerprint)

  const check = createKeyCheck({ store, accounts, liveKeys, verifier, keyHash, clock })
  const lists = createListStore({ db, clock, unstored: revocations.unstored })
  const making = createMaking({ store, accounts, clock })

  /** @throws UNAVAILABLE where a key that is made over HTTP would wait behind too many others. */
  function hashOf(token: string, maker: LiveKey | null): Promise<string> {
    const hashed = maker ? keyHash.hashFor(maker.account.id, token) : keyHash.hash(token)
    if (hashed === null)
      throw new AppError('UNAVAILABLE', 'Too many API keys are being made. Please try again.')
    return hashed
  }

  function find(id: string): KeyRecord {
    const record = store.get(id)
    if (!record) throw new AppError('NOT_FOUND', 'API key not found')
    return record
  }

  function revokeTogether(ids: readonly string[]): void {
    for (const id of ids) {
      find(id)
      liveKeys.remove(id)
    }
    revocations.revoke(ids, clock.now())
  }

  function refuseUnfit(input: NewKeyOf): void {
    refuseInvalid([
      ...nameProblems('name', input.name),
      ...(input.api === 'workflows' ? scopeProblems(input.scopes) : []),
      ...expiryProblems(input.expiresAt ?? null, clock.now()),
    ])
  }

  return {
    check: check.check,
    prove: check.prove,
    standingOf: check.standingOf,
    recordUse: usage.record,
    flushUsage: usage.flush,
    flushUsageIfPossible: usage.flushIfPossible,
    flushSomeUsage: usage.flushSome,
    /** Whether secret.key is not the one this database was made with, and nobody has accepted that. */
    secretChanged,

    /** Checks a new key's fields before other work begins. @throws INVALID_INPUT as `create` does. */
    refuseUnfit,

    /**
     * Makes a key.
     * @param maker the key that makes it over HTTP, which must still be good when the new one is stored; null: the
     * operator makes it.
     * @throws NOT_FOUND for the account, INVALID_INPUT for a name, scope or expiry that is not allowed; with a maker
     * also what `Making` throws, and UNAVAILABLE where too many keys wait to be made.
     */
    async create(input: NewKey, maker: LiveKey | null): Promise<CreatedKey> {
      accounts.find(input.accountId)
      refuseUnfit(input)
      const scopes = input.api === 'workflows' ? input.scopes : []
      const expiresAt = input.expiresAt === undefined ? expiryOf(maker) : input.expiresAt
      // Also before bcrypt, which is 50 ms of work.
      if (maker) making.refuse(maker, expiresAt)
      const environment = input.api === 'workfunder' ? input.environment : null
      const token = generateToken(input.api, environment)
      const bcryptHash = await hashOf(token, maker)
      const id = Bun.randomUUIDv7()
      store.atomically(() => {
        if (maker) making.refuse(maker, expiresAt)
        store.insert({
          id,
          accountId: input.accountId,
          api: input.api,
          environment,
          name: input.name,
          prefix: prefixOf(token),
          bcryptHash,
          verifier: verifier(token),
          scopes: scopesToBits(scopes.map(scopeNamed).filter((scope) => scope !== null)),
          madeBy: maker?.id ?? null,
          createdAt: clock.now(),
          expiresAt,
          revokedAt: null,
        })
      })
      return { ...find(id), token }
    },

    /** Newest first. */
    list(filter: KeyFilter): KeyRecord[] {
      usage.flushIfPossible()
      return store.list(filter)
    },

    /** How many keys `list` would give without a limit. */
    count: store.count,

    find,

    /** Keys whose id begins with this, in the order of their ids. @param limit how many at most */
    withIdBeginning: (beginning: string, limit: number): KeyRecord[] =>
      store.withIdBeginning(beginning, limit).map(revocations.shown),

    /** The key of which these are the first 20 characters. */
    withPrefix(prefix: string): KeyRecord | null {
      const row = store.byPrefix(prefix)
      return row ? find(row.id) : null
    },

    /**
     * Tells whose key a whole key is, whether or not it may still be used; counts nothing.
     * @throws UNAVAILABLE where too many keys wait for bcrypt.
     */
    async identify(presented: string): Promise<KeyRecord | null> {
      const row = await check.identify(presented)
      return row ? find(row.id) : null
    },

    /**
     * The operator's list, in slices between which requests are served. Its last uses may be some seconds old.
     * @param page `after`: the id of the key that ended the page before
     * @throws NOT_FOUND for that key
     */
    async listAny(filter: KeyListFilter, { after, ...page }: ListPage): Promise<ListedKey[]> {
      usage.flushSomeIfPossible()
      const last = after === undefined ? undefined : find(after)
      return (await lists.list(filter, { ...page, after: last })).map(revocations.shown)
    },

    /** How many keys `listAny` would give without a limit. */
    countAny: lists.count,

    /** What a key was used, as of now. @param firstDay days since the Unix epoch, in UTC */
    usageOf: usage.of,

    /**
     * In force in memory and on disk before this returns; a key that is revoked already keeps its time.
     * @throws NOT_FOUND; UNAVAILABLE where it is in force, but could not be stored.
     */
    revoke(id: string): KeyRecord {
      revokeTogether([id])
      return find(id)
    },

    /** As `revoke`, for several keys at once. @param ids at most a thousand, which are stored in some 10 ms */
    revokeAll(ids: readonly string[]): KeyRecord[] {
      revokeTogether(ids)
      return ids.map(find)
    },

    /** Stores the revocations that could not be stored when they were asked for. */
    storeRevocations: revocations.storeAll,

    /** Forgets what is in memory, after someone else wrote to the database. */
    forget: (): void => liveKeys.clear(),
  }
}

// --- internal ---

type ListPage = { order: KeyOrder; limit: number; after?: string }

type Parts = { db: Db; accounts: Accounts; clock: Clock; secret: Secret; bcryptCost?: number }

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

/** The last instant that both JavaScript's Date and ISO 8601's four-digit years can tell: the end of 9999. */
const EXPIRES_AT_MAX = 253_402_300_799_999

function expiryProblems(expiresAt: number | null, now: number): Problem[] {
  if (expiresAt === null) return []
  if (!Number.isSafeInteger(expiresAt)) return [{ field: 'expiresAt', message: 'must be a point in time' }]
  if (expiresAt <= now) return [{ field: 'expiresAt', message: 'must lie in the future' }]
  return expiresAt > EXPIRES_AT_MAX ? [{ field: 'expiresAt', message: 'must lie before the year 10000' }] : []
}
