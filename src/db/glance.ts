import { existsSync } from 'node:fs'
import { DRIVEN_TIME, type DrivenTime, drivenNow } from './driven-time.ts'
import { openClient, type SqliteClient } from './driver.ts'

/** What commands complete by its id. */
export const NOUNS = ['keys', 'accounts', 'runs', 'workers', 'tasks'] as const
export type Noun = (typeof NOUNS)[number]

export type Named = { id: string; name: string }

export type Counts = {
  /** Neither revoked nor expired. */
  keys: number
  accounts: number
  /** Not ended yet, by status. */
  runs: Record<'pending' | 'running' | 'suspended', number>
}

/**
 * Looks into a database without owning its folder, whether a server has it open or not, and changes nothing.
 * @returns null where there is no database, or one that this program does not understand.
 */
export function glance<T>(database: string, look: (at: Glance) => T): T | null {
  if (!existsSync(database)) return null
  let client: SqliteClient | null = null
  try {
    client = openClient(database, { readonly: true, fileMustExist: true, timeout: WAIT_MS })
    return look(glanceOf(client))
  } catch {
    return null
  } finally {
    client?.close()
  }
}

type Glance = ReturnType<typeof glanceOf>

// --- internal ---

/** Nobody waits for a completion longer than that. */
const WAIT_MS = 200

/** An index finds the ids of a beginning; each list begins with the newest. */
const IDS: Readonly<Record<Noun, string>> = {
  keys: `select id, name from api_keys where id >= ? and id < ? and revoked_at is null order by id desc limit ?`,
  accounts: `select id, name from accounts where id >= ? and id < ? order by id desc limit ?`,
  runs: `select id, status as name from runs where id >= ? and id < ? and completed_at is null order by id desc limit ?`,
  workers: `select id, first_name || ' ' || last_name as name from workers where id >= ? and id < ? and status = 'active' order by id desc limit ?`,
  tasks: `select id, title as name from tasks where id >= ? and id < ? and status not in ('cancelled', 'paid_out') order by id desc limit ?`,
}

function glanceOf(client: SqliteClient) {
  const count = (sql: string, ...values: number[]) =>
    Number(
      client
        .prepare(sql)
        .pluck()
        .get(...values),
    )

  function drivenTime(): DrivenTime | null {
    const value = client
      .prepare<[string], string>('select value from settings where name = ?')
      .pluck()
      .get(DRIVEN_TIME)
    return value === undefined ? null : JSON.parse(value)
  }

  return {
    /** @returns at most `max` of those whose id begins so, the newest first. */
    idsOf(noun: Noun, beginning: string, max: number): Named[] {
      return client
        .prepare<[string, string, number], Named>(IDS[noun])
        .all(beginning, `${beginning}\u{10FFFF}`, max)
    },

    /** @param hostNow ms since the Unix epoch. A million keys take some 50 ms. */
    counts(hostNow: number): Counts {
      const now = drivenNow(drivenTime(), hostNow)
      const runs = (status: string) =>
        Number(client.prepare('select count(*) from runs where status = ?').pluck().get(status))
      return {
        keys: count(
          'select count(*) from api_keys where revoked_at is null and (expires_at is null or expires_at > ?)',
          now,
        ),
        accounts: count('select count(*) from accounts'),
        runs: { pending: runs('pending'), running: runs('running'), suspended: runs('suspended') },
      }
    },
  }
}
