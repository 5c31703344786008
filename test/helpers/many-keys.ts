import type { Db } from '../../src/db/open.ts'

type Maker = { id: string; accountId: string; api: string; environment: string | null }

/** Stores so many keys as if this one had made them, without a bcrypt hash each: nobody can use them. */
export function manyKeysMadeBy(
  db: Db,
  maker: Maker,
  count: number,
  change: { expiresAt: number | null },
): void {
  const { id, accountId, api, environment } = maker
  db.$client
    .prepare(`
      with recursive n(i) as (select 1 union all select i + 1 from n where i < @count)
      insert into api_keys
        (id, account_id, api, environment, name, prefix, bcrypt_hash, scopes, made_by, created_at, expires_at)
      select hex(randomblob(16)), @accountId, @api, @environment, 'made', hex(randomblob(10)), '', 0, @id, i, @expiresAt
      from n`)
    .run({ count, id, accountId, api, environment, expiresAt: change.expiresAt })
}
