import {
  and,
  between,
  count,
  desc,
  eq,
  gt,
  isNotNull,
  isNull,
  lt,
  lte,
  max,
  not,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { accounts } from '../db/schema/accounts.ts'
import { apiKeys, keyUsage } from '../db/schema/keys.ts'
import { nextTurn } from '../lib/next-turn.ts'
import { KEY_STATUSES, type KeyStatus } from './key-status.ts'
import { type KeyRecord, keyRecordColumns } from './store.ts'
import type { Api, Environment } from './token.ts'

/** Which keys the operator asks for, of all accounts or of one; what is left out asks for nothing. Times in ms since the Unix epoch. */
export type KeyListFilter = {
  accountId?: string
  api?: Api
  environment?: Environment
  status?: KeyStatus
  /** Only keys that are not revoked. */
  unrevoked?: boolean
  /** A pattern of SQLite's GLOB: * ? [a-z], with capitals told apart. */
  nameGlob?: string
  /** Stands in the name, capitals or not, or begins the id or one of the secrets. */
  search?: string
  /** Neither used nor made since then. */
  unusedSince?: number
  /** Their secret was made before then. */
  secretMadeBefore?: number
}

/**
 * The last made first, names from A to Z, the last used first, the first to expire first, or the oldest secret first. Keys that
 * are alike stand as they were made, the last first.
 */
export const KEY_ORDERS = ['created', 'name', 'last-used', 'expires', 'age'] as const

export type KeyOrder = (typeof KEY_ORDERS)[number]

export type ListedKey = KeyRecord & { accountName: string }

/** How many keys of an API stand in one way. */
export type KeyCount = { api: Api; status: KeyStatus; keys: number }

/**
 * A slice is some 5 ms of work, whatever is asked of its keys, so that no request waits longer behind a list of a
 * million keys.
 */
const SLICE_KEYS = 2000

/**
 * The operator's lists. A filter may leave one of a million keys, and most orders have no index, which each use of a
 * key would have to keep; so the keys are walked, the last made first, in slices between which requests are served.
 */
export function createListStore({ db, clock, unstored, storeUses }: Parts) {
  const latest = (): number =>
    db
      .select({ seq: max(apiKeys.seq) })
      .from(apiKeys)
      .get()?.seq ?? 0

  /** The numbers of keys, the last made first. @param from the place of the last key made that is wanted */
  async function* seqSlices(accountId: string | undefined, from: number): AsyncGenerator<number[]> {
    for (let highest = from; ; ) {
      const seqs = db
        .select({ seq: apiKeys.seq })
        .from(apiKeys)
        .where(and(inAccount(accountId), lte(apiKeys.seq, highest)))
        .orderBy(desc(apiKeys.seq))
        .limit(SLICE_KEYS)
        .all()
        .map(({ seq }) => seq)
      const lowest = seqs.at(-1)
      if (lowest === undefined) return
      yield seqs
      highest = lowest - 1
      await nextTurn()
    }
  }

  /** @param byUse whether it is asked when they were last used */
  async function* slices(accountId: string | undefined, from: number, byUse = false): AsyncGenerator<SQL> {
    for await (const seqs of seqSlices(accountId, from)) {
      if (byUse) await storeUses(seqs)
      const slice = and(inAccount(accountId), between(apiKeys.seq, seqs.at(-1) ?? 0, seqs[0] ?? 0))
      if (slice) yield slice
    }
  }

  return {
    /** The numbers of an account's keys, the last made first, in slices between which requests are served. */
    seqsOf: (accountId: string): AsyncGenerator<number[]> => seqSlices(accountId, latest()),

    /**
     * @param limit how many at most
     * @param after the key that ends what was listed before; left out: from the beginning
     */
    async list(filter: KeyListFilter, { order, limit, after }: Page): Promise<ListedKey[]> {
      const by = VALUES[order]
      const wanted = and(...conditionsOf(filter, clock.now(), unstored()), after && isAfter(by, after, db))
      let found: Placed[] = []
      const from = order === 'created' && after ? after.seq - 1 : latest()
      const byUse = order === 'last-used' || filter.unusedSince !== undefined
      for await (const slice of slices(filter.accountId, from, byUse)) {
        const rows = db
          .select({ ...keyRecordColumns, accountName: accounts.name, place: by })
          .from(apiKeys)
          .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
          .leftJoin(keyUsage, eq(keyUsage.keySeq, apiKeys.seq))
          .where(and(slice, wanted))
          .orderBy(by, desc(apiKeys.seq))
          .limit(limit)
          .all()
        found = [...found, ...rows].sort(byPlace).slice(0, limit)
        if (order === 'created' && found.length === limit) break
      }
      return found.map(({ place: _, ...key }) => key)
    },

    /** How many keys `list` would give without a limit. */
    async count(filter: KeyListFilter): Promise<number> {
      const wanted = and(...conditionsOf(filter, clock.now(), unstored()))
      let counted = 0
      const byUse = filter.unusedSince !== undefined
      for await (const slice of slices(filter.accountId, latest(), byUse)) {
        const row = db
          .select({ n: count() })
          .from(apiKeys)
          .leftJoin(keyUsage, eq(keyUsage.keySeq, apiKeys.seq))
          .where(and(slice, wanted))
          .get()
        counted += row?.n ?? 0
      }
      return counted
    },

    /** How many keys each API has of each status; a million take some 0.5 s, in slices. */
    async countByStatus(): Promise<KeyCount[]> {
      const counted = apiKeys.api.enumValues.flatMap((api) =>
        KEY_STATUSES.map((status) => ({ api, status, keys: 0 })),
      )
      const status = statusColumn(clock.now(), unstored())
      for await (const slice of slices(undefined, latest())) {
        const rows = db
          .select({ api: apiKeys.api, status, keys: count() })
          .from(apiKeys)
          .where(slice)
          .groupBy(apiKeys.api, status)
          .all()
        for (const row of rows) {
          const sum = counted.find(({ api, status }) => api === row.api && status === row.status)
          if (sum) sum.keys += row.keys
        }
      }
      return counted
    },
  }
}

// --- internal ---

type Parts = {
  db: Db
  clock: Clock
  /** The ids of keys whose revocation is not stored yet. */
  unstored: () => readonly string[]
  /** Stores what keys were used, as far as that is possible. */
  storeUses: (seqs: readonly number[]) => Promise<void>
}

type Page = { order: KeyOrder; limit: number; after?: KeyRecord }

type Placed = ListedKey & { place: number | string }

/** Later than any time there is, in ms. */
const NEVER = Number.MAX_SAFE_INTEGER

/** What each order goes by, smallest first. Text as its bytes in hex, which SQLite and we put in the same order. */
const VALUES: Record<KeyOrder, SQL<number | string>> = {
  created: sql<number>`-${apiKeys.seq}`,
  name: sql<string>`hex(lower(${apiKeys.name}))`,
  'last-used': sql<number>`-coalesce(${keyUsage.lastUsedAt}, 0)`,
  expires: sql<number>`coalesce(${apiKeys.expiresAt}, ${sql.raw(String(NEVER))})`,
  age: sql<number>`coalesce(${apiKeys.rotatedAt}, ${apiKeys.createdAt})`,
}

function byPlace(a: Placed, b: Placed): number {
  if (a.place === b.place) return b.seq - a.seq
  return a.place < b.place ? -1 : 1
}

function inAccount(accountId: string | undefined): SQL | undefined {
  return accountId === undefined ? undefined : eq(apiKeys.accountId, accountId)
}

function isAfter(by: SQL<number | string>, { seq }: KeyRecord, db: Db): SQL {
  const row = db
    .select({ place: by })
    .from(apiKeys)
    .leftJoin(keyUsage, eq(keyUsage.keySeq, apiKeys.seq))
    .where(eq(apiKeys.seq, seq))
    .get()
  return sql`(${by}, -${apiKeys.seq}) > (${row?.place ?? 0}, ${-seq})`
}

function conditionsOf(filter: KeyListFilter, now: number, unstored: readonly string[]) {
  const { api, environment, status, unrevoked, nameGlob, search, unusedSince, secretMadeBefore } = filter
  return [
    api && eq(apiKeys.api, api),
    environment && eq(apiKeys.environment, environment),
    status && hasStatus(status, now, unstored),
    unrevoked ? isUnrevoked(unstored) : undefined,
    nameGlob === undefined ? undefined : sql`${apiKeys.name} glob ${nameGlob}`,
    search ? isFound(search) : undefined,
    unusedSince === undefined
      ? undefined
      : lt(sql`coalesce(${keyUsage.lastUsedAt}, ${apiKeys.createdAt})`, unusedSince),
    secretMadeBefore === undefined ? undefined : lt(VALUES.age, secretMadeBefore),
  ]
}

/** SQLite's `lower` and `upper` know A to Z alone: other letters are found where all of them are large, or all small. */
function isFound(search: string): SQL {
  const [small, large] = [search.toLowerCase(), search.toUpperCase()]
  const prefix = search.replace(/…$/, '')
  return sql`(instr(lower(${apiKeys.name}), ${small}) or instr(upper(${apiKeys.name}), ${large})
    or instr(${apiKeys.id}, ${small}) = 1
    or instr(${apiKeys.prefix}, ${prefix}) = 1 or instr(${apiKeys.previousPrefix}, ${prefix}) = 1)`
}

/**
 * `statusOf`, asked of the database. A test holds the two together.
 * @param now ms since the Unix epoch
 * @param unstored ids of keys whose revocation is not stored yet
 */
function hasStatus(status: KeyStatus, now: number, unstored: readonly string[]): SQL | undefined {
  if (status === 'revoked') return not(isUnrevoked(unstored) ?? sql`true`)
  const isExpired = lte(apiKeys.expiresAt, now)
  if (status === 'expired') return and(isUnrevoked(unstored), isExpired)
  const inTime = and(isUnrevoked(unstored), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)))
  if (status === 'disabled') return and(inTime, isNotNull(apiKeys.disabledAt))
  const isGood = and(inTime, isNull(apiKeys.disabledAt))
  return status === 'rotating' ? and(isGood, isOverlapping(now)) : and(isGood, not(isOverlapping(now)))
}

/** What `statusOf` gives, as a column; its parameters as in `hasStatus`. */
function statusColumn(now: number, unstored: readonly string[]): SQL<KeyStatus> {
  const cases = KEY_STATUSES.map((status) => sql`when ${hasStatus(status, now, unstored)} then ${status}`)
  return sql<KeyStatus>`case ${sql.join(cases, sql` `)} end`
}

/** @param now ms since the Unix epoch */
function isOverlapping(now: number): SQL {
  return sql`coalesce(${apiKeys.previousEndsAt}, 0) > ${now}`
}

/** @param unstored ids of keys whose revocation is not stored yet */
function isUnrevoked(unstored: readonly string[]): SQL | undefined {
  // As one value, because SQLite takes 32,766 of them at most.
  const ids = sql`(select value from json_each(${JSON.stringify(unstored)}))`
  return and(isNull(apiKeys.revokedAt), unstored.length === 0 ? undefined : sql`${apiKeys.id} not in ${ids}`)
}
