import { expect, test } from 'bun:test'
import { openClient } from '../../../src/db/driver.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { migrations } from '../../../src/db/migrations.ts'

test('a target from before there was one for each environment goes on serving both', () => {
  const client = openClient(':memory:')
  const step = migrations.findIndex(({ sql }) => sql.includes('__new_webhook_targets'))
  migrate(client, migrations.slice(0, step))
  client.exec(`
    insert into accounts (id, name, tier, status, billing_anchor_day, created_at, updated_at)
      values ('a', 'Acme', 'free', 'active', 1, 1, 1);
    insert into webhook_targets values ('a', 'https://example.com/', '["task.created"]', x'0102', 1, 2);`)
  migrate(client, migrations)
  const targets = client.prepare('select * from webhook_targets order by environment').all()
  const both = {
    account_id: 'a',
    url: 'https://example.com/',
    events: '["task.created"]',
    secret: Buffer.from([1, 2]),
    created_at: 1,
    updated_at: 2,
  }
  expect(targets).toEqual([
    { ...both, environment: 'live' },
    { ...both, environment: 'test' },
  ])
})
