import type { Db } from '../../src/db/open.ts'

/** How SQLite answers a query: a line for each step that it takes. */
export type QueryPlan = { sql: string; steps: string[] }

/** @returns the plan of each statement that `work` prepares and that reads rows, in their order. */
export function queryPlans({ $client }: Db, work: () => unknown): QueryPlan[] {
  const seen: string[] = []
  const prepare = $client.prepare
  $client.prepare = ((sql: string) => {
    seen.push(sql)
    return prepare.call($client, sql)
  }) as typeof prepare
  try {
    work()
  } finally {
    $client.prepare = prepare
  }
  return seen.map((sql) => {
    const explain = $client.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
    const values: unknown[] = Array(sql.split('?').length - 1).fill(null)
    const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, null]))
    return { sql, steps: explain.all(values, named).map(({ detail }) => detail) }
  })
}
