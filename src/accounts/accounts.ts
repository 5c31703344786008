import type { Actor } from '../audit/actor.ts'
import { differences } from '../audit/differences.ts'
import type { Facts } from '../audit/entry.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { sqliteCode } from '../db/driver.ts'
import type { Db } from '../db/open.ts'
import { AppError, refuseInvalid } from '../errors.ts'
import { type Due, type DueTimes, firstOf } from '../lib/due.ts'
import { nameProblems } from '../lib/name.ts'
import { nextTurn } from '../lib/next-turn.ts'
import type { Problem } from '../lib/problem.ts'
import { billingMonth } from './billing-month.ts'
import { createHoldings, type Holdings } from './holdings.ts'
import { ACCOUNT_STATUSES, type Account, createAccountStore } from './store.ts'
import { isTier, REQUESTS_PER_MINUTE_MAX, TIERS, UNLIMITED } from './tiers.ts'

/** `id`: left out, a new one. */
export type NewAccount = { id?: string; name: string; email?: string; tier?: string }

/** Left out: as it was. Null: the tier's, and no e-mail. */
export type AccountChange = {
  name?: string
  email?: string | null
  tier?: string
  status?: string
  requestsPerMinute?: number | null
  tasksPerMonth?: number | null
  billingAnchorDay?: number
}

export type AccountPage = { limit: number; after?: string; search?: string }

/** Some 3 ms of work. */
const SLICE_ACCOUNTS = 500

export type Accounts = ReturnType<typeof createAccounts>

/** Who owns keys: names, tiers, status and their own limits. */
export function createAccounts({ db, clock, audit }: { db: Db; clock: Clock; audit: AuditTrail }) {
  const store = createAccountStore(db)
  const holdings = createHoldings(db)
  /** Every key in memory points at its account here, so that a change reaches all of them at once. */
  const live = new Map<string, Account>()

  function find(id: string): Account {
    const account = store.get(id)
    if (account) return account
    throw new AppError('NOT_FOUND', `no account has ${ID_FORM.test(id) ? `the id ${id}` : 'this id'}`)
  }

  function deleteUnreferenced(id: string): void {
    try {
      store.delete(id)
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_FOREIGNKEY') throw error
      throw new AppError('CONFLICT', `the account has connections, mocks or webhooks, ${KEPT}`)
    }
  }

  /** Of the accounts with this anchor day. */
  function nextMonthOf(day: number, after: Due): Due | null {
    const { startMs, endMs } = billingMonth(after.at, day)
    const now = startMs === after.at ? store.nextOfDay(day, after.id) : undefined
    if (now !== undefined) return { at: startMs, id: now }
    const first = store.nextOfDay(day, '')
    return first === undefined ? null : { at: endMs, id: first }
  }

  /** When billing months begin, account by account. */
  const months: DueTimes = {
    nextAfter: (due) => firstOf(store.anchorDays().map((day) => nextMonthOf(day, due))),
  }

  return {
    due: { months },
    /** All in one go, newest first: for a server under development, which has few. */
    list: store.list,

    /** The newest, at most so many. */
    newest: (most: number): Account[] => store.page(most),

    find,

    /**
     * A part of `list`, or with a limit of infinity all of it, looked through in slices between which requests are served.
     * @param page `after`: the id of the account that ended the page before; `search`: stands in the name or e-mail, or begins the
     * id, capitals or not
     * @throws NOT_FOUND for `after`
     */
    async page({ limit, after, search = '' }: AccountPage): Promise<Account[]> {
      const found: Account[] = []
      let last = after === undefined ? undefined : find(after)
      while (found.length < limit) {
        const slice = store.page(SLICE_ACCOUNTS, last)
        found.push(...slice.filter((account) => matches(account, search.toLowerCase())))
        last = slice.at(-1)
        if (slice.length < SLICE_ACCOUNTS) break
        await nextTurn()
      }
      return found.slice(0, limit)
    },

    /** @throws INVALID_INPUT for a name, e-mail or tier that will not do. */
    create(input: NewAccount, actor: Actor): Account {
      const tier = input.tier ?? 'free'
      refuseInvalid([
        ...nameProblems('name', input.name),
        ...emailProblems(input.email),
        ...oneOf('tier', tier, Object.keys(TIERS)),
      ])
      const now = clock.now()
      const account: Account = {
        id: input.id ?? Bun.randomUUIDv7(),
        name: input.name,
        email: input.email ?? null,
        company: null,
        tier: isTier(tier) ? tier : 'free',
        status: 'active',
        requestsPerMinute: null,
        tasksPerMonth: null,
        billingAnchorDay: 1,
        createdAt: now,
        updatedAt: now,
      }
      store.atomically(() => {
        store.insert(account)
        audit.record({
          actor,
          action: 'accounts.create',
          subject: account.id,
          accountId: account.id,
          after: factsOf(account),
        })
      })
      return account
    },

    /** In force on the next request of every key of the account. @throws NOT_FOUND, INVALID_INPUT. */
    update(id: string, change: AccountChange, actor: Actor): Account {
      const account = find(id)
      refuseInvalid([
        ...(change.name === undefined ? [] : nameProblems('name', change.name)),
        ...emailProblems(change.email ?? undefined),
        ...oneOf('tier', change.tier ?? account.tier, Object.keys(TIERS)),
        ...oneOf('status', change.status ?? account.status, ACCOUNT_STATUSES),
        ...rangeProblems('requestsPerMinute', change.requestsPerMinute, 1, REQUESTS_PER_MINUTE_MAX),
        ...rangeProblems('billingAnchorDay', change.billingAnchorDay, 1, 28),
        ...(change.tasksPerMonth === UNLIMITED
          ? []
          : rangeProblems('tasksPerMonth', change.tasksPerMonth, 0, Number.MAX_SAFE_INTEGER)),
      ])
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      const updated: Account = { ...account, ...given, updatedAt: clock.now() }
      store.atomically(() => {
        store.update(updated)
        const changed = differences(factsOf(account), factsOf(updated))
        if (changed)
          audit.record({ actor, action: 'accounts.update', subject: id, accountId: id, ...changed })
      })
      const inMemory = live.get(id)
      if (inMemory) Object.assign(inMemory, updated)
      return updated
    },

    /** What an account has. @throws NOT_FOUND */
    holdings: (id: string): Holdings => holdings(find(id).id),

    /**
     * Deletes an account; its keys in memory are refused from then on.
     * @param empty takes what the account has, in the same transaction, and may refuse that
     * @throws NOT_FOUND; CONFLICT where something is left that belongs to the account
     */
    delete(id: string, actor: Actor, empty: (has: Holdings) => Facts): void {
      store.atomically(() => {
        const account = find(id)
        const before = { ...factsOf(account), ...empty(holdings(id)) }
        deleteUnreferenced(id)
        audit.record({ actor, action: 'accounts.delete', subject: id, accountId: id, before })
      })
      const inMemory = live.get(id)
      if (inMemory) inMemory.status = 'suspended'
      live.delete(id)
    },

    /**
     * The only account there is, for a command that names none.
     * @param orNamed the name of the account to make where there is none.
     * @throws INVALID_INPUT where there are several.
     */
    onlyOrCreate(orNamed: string, actor: Actor): Account {
      const [first, second] = store.page(2)
      if (second) {
        throw new AppError('INVALID_INPUT', 'there are several accounts: name one with --account ID')
      }
      return first ?? this.create({ name: orNamed }, actor)
    },

    isEmpty: (): boolean => store.count() === 0,

    /** The shared object of an account; changes to the account show in it. @throws where there is none. */
    live(id: string): Account {
      let account = live.get(id)
      if (!account) {
        account = find(id)
        live.set(id, account)
      }
      return account
    },

    /** Forgets what is in memory, after someone else wrote to the database. */
    forget: (): void => live.clear(),
  }
}

/** Why an account that has been at work is not deleted. */
export const KEPT = 'which are kept; accounts update --status suspended refuses its keys'

// --- internal ---

/** @param search in small letters */
function matches({ id, name, email }: Account, search: string): boolean {
  const isIn = (text: string) => text.toLowerCase().includes(search)
  return isIn(name) || isIn(email ?? '') || id.toLowerCase().startsWith(search)
}

/** What the audit trail tells of an account. */
function factsOf({ name, email, tier, status, ...account }: Account) {
  const { requestsPerMinute, tasksPerMonth, billingAnchorDay } = account
  return { name, email, tier, status, requestsPerMinute, tasksPerMonth, billingAnchorDay }
}

/** Ids are UUIDs, or what a seed says (dev/seed-schema.ts). No whole key looks like that, so it may be repeated in a message. */
const ID_FORM = /^[A-Za-z0-9-]{1,64}$/

const EMAIL_LENGTH_MAX = 254

function emailProblems(email: string | undefined): Problem[] {
  if (email === undefined) return []
  const plausible =
    typeof email === 'string' &&
    email.length <= EMAIL_LENGTH_MAX &&
    /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u.test(email)
  return plausible ? [] : [{ field: 'email', message: 'must be an e-mail address' }]
}

function oneOf(field: string, value: string, allowed: readonly string[]): Problem[] {
  return allowed.includes(value) ? [] : [{ field, message: `must be one of ${allowed.join(', ')}` }]
}

function rangeProblems(field: string, value: number | null | undefined, min: number, max: number): Problem[] {
  if (value === undefined || value === null) return []
  if (Number.isInteger(value) && value >= min && value <= max) return []
  return [{ field, message: `must be a whole number from ${min} to ${max}` }]
}
