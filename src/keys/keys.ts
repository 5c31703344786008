import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Secret } from '../data-folder/secret.ts'
import type { Db } from '../db/open.ts'
import { AppError, type Problem, refuseInvalid } from '../errors.ts'
import { nameProblems } from '../name.ts'
import { createKeyCheck } from './check.ts'
import { createKeyHash } from './hash.ts'
import { createLiveKeys } from './live-key.ts'
import { isScope, SCOPES, type Scope, scopesToBits } from './scopes.ts'
import { createKeyStore, type KeyFilter, type KeyRecord } from './store.ts'
import { type Api, type Environment, generateToken, prefixOf } from './token.ts'
import { createUsage } from './usage.ts'
import { createVerifier } from './verifier.ts'

export type NewKey = {
  accountId: string
  name: string
  /** ms since the Unix epoch; null: never. */
  expiresAt: number | null
} & ({ api: 'workflows'; scopes: readonly string[] } | { api: 'workfunder'; environment: Environment })

/** The only place where a whole key ever leaves the program: the answer that creates it. */
export type CreatedKey = KeyRecord & { token: string }

export type Keys = ReturnType<typeof createKeys>

/** 100,000 keys are about 40 MB; the ones beyond cost a look-up of some 10 µs again. */
const LIVE_KEYS_MAX = 100_000

/** Issues, checks, lists and revokes keys. Knows neither HTTP nor a vendor's wire. */
export function createKeys({ db, accounts, clock, secret, bcryptCost }: Parts) {
  const store = createKeyStore(db)
  const liveKeys = createLiveKeys(LIVE_KEYS_MAX)
  const verifier = createVerifier(secret)
  const keyHash = createKeyHash(bcryptCost)
  const usage = createUsage(db)
  const secretChanged = store.adoptSecret(secret.fingerprint)

  function find(id: string): KeyRecord {
    const record = store.get(id)
    if (!record) throw new AppError('NOT_FOUND', 'API key not found')
    return record
  }

  return {
    ...createKeyCheck({ store, accounts, liveKeys, verifier, keyHash, clock }),
    recordUse: usage.record,
    flushUsage: usage.flush,
    flushSomeUsage: usage.flushSome,
    /** Whether secret.key is not the one this database was last used with. */
    secretChanged,

    /** @throws NOT_FOUND for the account, INVALID_INPUT for a name, scope or expiry that will not do. */
    async create(input: NewKey): Promise<CreatedKey> {
      accounts.find(input.accountId)
      const scopes = input.api === 'workflows' ? input.scopes : []
      refuseInvalid([
        ...nameProblems('name', input.name),
        ...(input.api === 'workflows' ? scopeProblems(scopes) : []),
        ...expiryProblems(input.expiresAt, clock.now()),
      ])
      const environment = input.api === 'workfunder' ? input.environment : null
      const token = generateToken(input.api, environment)
      const id = Bun.randomUUIDv7()
      store.insert({
        id,
        accountId: input.accountId,
        api: input.api,
        environment,
        name: input.name,
        prefix: prefixOf(token),
        bcryptHash: await keyHash.hash(token),
        verifier: verifier(token),
        scopes: scopesToBits(scopes.filter(isScope)),
        createdAt: clock.now(),
        expiresAt: input.expiresAt,
        revokedAt: null,
      })
      return { ...find(id), token }
    },

    /** Newest first. */
    list(filter: KeyFilter): KeyRecord[] {
      usage.flush()
      return store.list(filter)
    },

    find,

    /**
     * In force in memory and on disk before this returns; a key that is revoked already keeps its time.
     * @throws NOT_FOUND
     */
    revoke(id: string): KeyRecord {
      find(id)
      store.revoke(id, clock.now())
      liveKeys.remove(id)
      return find(id)
    },

    /** Forgets what is in memory, after someone else wrote to the database. */
    forget: (): void => liveKeys.clear(),
  }
}

// --- internal ---

type Parts = { db: Db; accounts: Accounts; clock: Clock; secret: Secret; bcryptCost?: number }

function scopeProblems(scopes: readonly string[]): Problem[] {
  if (scopes.length === 0) return [{ field: 'scopes', message: 'must name at least one scope' }]
  const problems: Problem[] = []
  for (const [i, scope] of scopes.entries()) {
    if (!isScope(scope)) {
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

/** The last instant that both JavaScript's Date and ISO 8601's four-digit years can tell: the end of 9999. */
const EXPIRES_AT_MAX = 253_402_300_799_999

function expiryProblems(expiresAt: number | null, now: number): Problem[] {
  if (expiresAt === null) return []
  if (expiresAt <= now) return [{ field: 'expiresAt', message: 'must lie in the future' }]
  return expiresAt > EXPIRES_AT_MAX ? [{ field: 'expiresAt', message: 'must lie before the year 10000' }] : []
}

export type { Api, Environment, Scope }
