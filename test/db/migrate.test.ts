import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import journal from '../../migrations/meta/_journal.json'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { openClient } from '../../src/db/driver.ts'
import { isCurrent, migrate } from '../../src/db/migrate.ts'
import { migrations } from '../../src/db/migrations.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createKeys } from '../../src/keys/keys.ts'
import { createVerifier } from '../../src/keys/verifier.ts'
import { withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { emptyFolder } from '../helpers/process.ts'
import { TEST_SECRET } from '../helpers/test-app.ts'

const FAMILY = {
  tag: '0000_family',
  sql: `create table parent (id integer primary key, name text);
    create table child (id integer primary key, parent_id integer not null references parent(id) on delete cascade);
    insert into parent values (1, 'a'); insert into child values (10, 1);`,
}

/** As drizzle-kit writes it, with the PRAGMA that does nothing inside a transaction. */
const REBUILD = {
  tag: '0001_rebuild',
  sql: `PRAGMA foreign_keys=OFF;
    create table __new_parent (id integer primary key, name text not null);
    insert into __new_parent select id, name from parent;
    drop table parent;
    alter table __new_parent rename to parent;
    PRAGMA foreign_keys=ON;`,
}

test('the program embeds every migration of the folder, in the order of drizzle-kit’s journal', () => {
  const files = readdirSync(join(import.meta.dir, '../../migrations'))
  const inFolder = files.filter((name) => name.endsWith('.sql')).map((name) => name.replace('.sql', ''))
  expect(migrations.map(({ tag }) => tag)).toEqual(inFolder.sort())
  expect(migrations.map(({ tag }) => tag)).toEqual(journal.entries.map(({ tag }) => tag))
})

describe('migrating', () => {
  test('rebuilds a parent table without losing its children', () => {
    const client = openClient(':memory:')
    migrate(client, [FAMILY])
    migrate(client, [FAMILY, REBUILD])
    expect(client.prepare('select count(*) from child').pluck().get()).toBe(1)
    expect(client.pragma('foreign_keys', { simple: true })).toBe(1)
  })

  test('is all or nothing: after a failure the database is as it was, and can go on', () => {
    const client = openClient(':memory:')
    migrate(client, [FAMILY])
    const broken = {
      tag: '0001_broken',
      sql: 'insert into parent values (2, null); select no_such_function();',
    }
    expect(() => migrate(client, [FAMILY, broken])).toThrow()
    expect(client.prepare('select count(*) from parent').pluck().get()).toBe(1)
    migrate(client, [FAMILY, REBUILD])
    expect(isCurrent(client, [FAMILY, REBUILD])).toBe(true)
  })

  test('refuses to leave a row without its parent', () => {
    const client = openClient(':memory:')
    migrate(client, [FAMILY])
    const orphaning = { tag: '0001_orphans', sql: 'delete from parent;' }
    expect(() => migrate(client, [FAMILY, orphaning])).toThrow('1 rows without their parent')
    expect(client.prepare('select count(*) from parent').pluck().get()).toBe(1)
  })

  test('does not read the rows of a database that is up to date: one without its parent, which another program left, goes unseen', () => {
    const client = openClient(':memory:')
    migrate(client, [FAMILY])
    client.pragma('foreign_keys = OFF')
    client.exec('delete from parent')
    migrate(client, [FAMILY])
    expect(client.prepare('select count(*) from child').pluck().get()).toBe(1)
    expect(client.pragma('foreign_keys', { simple: true })).toBe(1)
    // A migration reads them.
    expect(() => migrate(client, [FAMILY, REBUILD])).toThrow('1 rows without their parent')
  })

  test('refuses a database that a newer program has written', () => {
    const client = openClient(':memory:')
    migrate(client, [FAMILY, REBUILD])
    expect(() => migrate(client, [FAMILY])).toThrow('newer Keyward (it has 0001_rebuild)')
  })

  test('refuses a migration that was changed after it was applied', () => {
    const client = openClient(':memory:')
    migrate(client, [FAMILY])
    expect(() => migrate(client, [{ ...FAMILY, sql: `${FAMILY.sql} ` }])).toThrow('another 0000_family')
  })

  test('is safe when several processes open a new database at once', async () => {
    const file = join(emptyFolder(), 'new.db')
    const script = `import { openDatabase } from '${join(import.meta.dir, '../../src/db/open.ts')}'
      openDatabase('${file}').$client.close()`
    const children = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, '-e', script], { stderr: 'pipe' }),
    )
    const outcomes = await Promise.all(
      children.map(async (child) => [await child.exited, await new Response(child.stderr).text()]),
    )
    expect(outcomes).toEqual(outcomes.map(() => [0, '']))
    expect(isCurrent(openDatabase(file).$client, migrations)).toBe(true)
  })
})

test('an open database waits for locks, writes ahead, survives a power cut and enforces its foreign keys', () => {
  const { $client } = openDatabase(join(emptyFolder(), 'new.db'))
  const pragma = (name: string) => $client.pragma(name, { simple: true })
  expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1])
  expect(pragma('busy_timeout')).toBe(250)
  $client.close()
})

test('a key that an older Keyward had proved is known by its verifier, without bcrypt', () => {
  const db = openDatabase(':memory:')
  const { tag, sql } = migrations[7] ?? { tag: '', sql: '' }
  const token = `wfk_${'a'.repeat(32)}`
  const [fingerprint, verifier] = createVerifier(TEST_SECRET)(token).split('.')
  db.$client.exec(`insert into settings values ('secret_fingerprint', '${fingerprint}');
    insert into accounts (id, name, tier, status, billing_anchor_day, created_at, updated_at)
      values ('a', 'a', 'free', 'active', 1, 0, 0);
    insert into api_keys (id, account_id, api, name, prefix, bcrypt_hash, verifier, scopes, created_at)
      values ('k', 'a', 'workflows', 'n', '${token.slice(0, 20)}', 'x', '${verifier}', 63, 0)`)
  const check = () => {
    const clock = manualClock()
    const accounts = createAccounts(withAudit({ db, clock }))
    return createKeys({ ...withAudit({ db, clock }), accounts, secret: TEST_SECRET }).check(
      'workflows',
      token,
    )
  }
  expect([tag, check()]).toEqual(['0007_verifiers_name_their_secret', 'unproven'])
  db.$client.exec(sql)
  expect(check()).toMatchObject({ id: 'k' })
})
