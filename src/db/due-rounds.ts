import { lazily } from '../lib/lazily.ts'
import type { Db } from './open.ts'

/**
 * Rows that come due. Two indexes serve: one that begins with `due`, one that begins with account_id and `due`; both
 * hold what `open` says and nothing else.
 */
export type DueRows = {
  table: string
  /** SQL of what a row must be to come due at all, as the indexes have it. */
  open: string
  /** The column of when it is due, in ms. */
  due: string
}

/**
 * @param dueOf so many of an account's due rows, the longest due first
 * @returns at most `limit` rows, in equal shares of the accounts whose turn it is; [] where nothing is due
 */
export type DueRounds = <T>(
  now: number,
  limit: number,
  dueOf: (accountId: string, limit: number) => T[],
) => T[]

/**
 * Takes what is due by account, each in its turn, because one account may have a hundred thousand rows due: with `limit`
 * rows at a time, an account waits for as many calls as there are accounts before it, divided by `limit`.
 */
export function createDueRounds(db: Db, rows: DueRows): DueRounds {
  const isAnyDue = lazily(() => db.$client.prepare<{ now: number }, 1>(anyDue(rows)).pluck())
  const accountsDue = lazily(() => db.$client.prepare<Range, string>(accountsOf(rows)).pluck())
  /** The account that had its turn last. */
  let last = ''

  function accountsInTurn(now: number, limit: number): string[] {
    const after = accountsDue().all({ now, after: last, upTo: null, limit })
    if (after.length === limit) return after
    return [...after, ...accountsDue().all({ now, after: '', upTo: last, limit: limit - after.length })]
  }

  return (now, limit, dueOf) => {
    if (isAnyDue().get({ now }) === undefined) return []
    const accounts = accountsInTurn(now, limit)
    last = accounts.at(-1) ?? ''
    const share = Math.floor(limit / accounts.length)
    return accounts.flatMap((accountId) => dueOf(accountId, share))
  }
}

// --- internal ---

type Range = { now: number; after: string; upTo: string | null; limit: number }

function anyDue({ table, open, due }: DueRows): string {
  return `select 1 from ${table} where ${open} and ${due} <= @now limit 1`
}

/** Skips from account to account along the index: 1.3 µs for each that has open rows, due or not. */
function accountsOf({ table, open, due }: DueRows): string {
  return `
    with recursive account (id) as (
      select min(account_id) from ${table} where ${open} and account_id > @after
      union all
      select (select min(account_id) from ${table} where ${open} and account_id > account.id)
        from account where account.id is not null
    )
    select id from account
      where id is not null and (@upTo is null or id <= @upTo)
        and exists (select 1 from ${table} where ${open} and account_id = account.id and ${due} <= @now)
      limit @limit`
}
