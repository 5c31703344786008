import type { Db } from './open.ts'

/** Something in the database that was sealed (data-folder/seal.ts), and under what. */
export type SealedValue = {
  /** Where it stands: the same as long as its row is there. */
  id: string
  /** What the key is derived for, as where it is sealed. */
  purpose: string
  owner: string
  value: Buffer
  replace(value: Buffer): void
}

/** Every column that holds sealed values; `owner` is an expression of SQL. */
const SEALED = [
  { table: 'connections', column: 'credential', owner: 'id', purpose: 'connection credentials' },
  {
    table: 'workflow_secrets',
    column: 'value',
    owner: "workflow_id || '/' || name",
    purpose: 'workflow secrets',
  },
  { table: 'webhook_targets', column: 'secret', owner: 'account_id', purpose: 'webhook secrets' },
] as const

/** All of them at once: a million are some 200 MB. */
export function sealedValues({ $client: client }: Db): SealedValue[] {
  return SEALED.flatMap(({ table, column, owner, purpose }) => {
    const update = client.prepare(`update ${table} set ${column} = ? where rowid = ?`)
    return client
      .prepare<[], { rowid: number; owner: string; value: Buffer }>(
        `select rowid, ${owner} as owner, ${column} as value from ${table} where ${column} is not null`,
      )
      .all()
      .map((row) => ({
        id: `${table}/${row.rowid}`,
        purpose,
        owner: row.owner,
        value: row.value,
        replace: (value: Buffer) => void update.run(value, row.rowid),
      }))
  })
}
