import { spyOn } from 'bun:test'
import type { Db } from '../../src/db/open.ts'

/** How SQLite works out each query that `work` prepares, a line for each step. */
export function queryPlans(db: Db, work: () => unknown): string[] {
  const client = db.$client
  const prepare = spyOn(client, 'prepare')
  work()
  const asked = prepare.mock.calls.map(([sql]) => sql)
  prepare.mockRestore()
  return asked.flatMap((sql) => {
    const parameters = Array.from(sql.matchAll(/\?/g), () => null)
    const rows = client.prepare(`explain query plan ${sql}`).all(parameters)
    return rows.map((row) => String(Object(row).detail))
  })
}
