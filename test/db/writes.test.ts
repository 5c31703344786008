import { describe, expect, test } from 'bun:test'
import { sql } from 'drizzle-orm'
import { writesOf } from '../../src/db/writes.ts'
import { testDatabase } from '../helpers/test-database.ts'

const ONE = "insert into notes (id, text) values (1, 'a')"

/** A database with two tables, of which the rows of one go with those of the other. */
function setUp() {
  const db = testDatabase()
  const { $client: client } = db
  client.exec(`create table notes (id integer primary key, text text unique);
    create table lines (note integer references notes on delete cascade);
    insert into notes (id, text) values (7, 'seven'), (8, 'eight');
    insert into lines values (7), (7)`)
  const writes = writesOf(client)
  const total = () => Number(client.prepare('select total_changes()').pluck().get())
  /** Whether it is counted as a write, by us and by SQLite. */
  function isCounted(does: () => unknown): [ours: boolean, sqlite: boolean] {
    const before = [writes(), total()]
    try {
      does()
    } catch {}
    return [writes() !== before[0], total() !== before[1]]
  }
  return { db, client, writes, isCounted }
}

type Setting = ReturnType<typeof setUp>

describe('is counted as a write:', () => {
  test.each<[string, (setting: Setting) => unknown]>([
    ['an insert', ({ client }) => client.prepare(ONE).run()],
    ['an update', ({ client }) => client.prepare('update notes set text = ? where id = ?').run('b', 7)],
    ['a deletion', ({ client }) => client.prepare('delete from lines').run()],
    [
      'a deletion with what hangs on the row',
      ({ client }) => client.prepare('delete from notes where id = 7').run(),
    ],
    [
      'an insert that became an update',
      ({ client }) => client.prepare(`${ONE} on conflict do update set id = 2`).run(),
    ],
    ['what returns a row', ({ client }) => client.prepare(`${ONE} returning id`).get()],
    ['what returns a value', ({ client }) => client.prepare(`${ONE} returning id`).pluck().get()],
    [
      'what returns rows',
      ({ client }) => client.prepare('update notes set text = id returning *').raw().all(),
    ],
    [
      'what stands in a common table expression',
      ({ client }) =>
        client.prepare(`with x as (select 3 as id) insert into notes (id) select id from x`).run(),
    ],
    ['several statements in one text', ({ client }) => client.exec(`select 1; ${ONE}; select 2`)],
    ['a text whose second statement fails', ({ client }) => client.exec(`${ONE}; ${ONE}`)],
    [
      'what is undone',
      ({ client }) =>
        client.transaction(() => {
          client.prepare(ONE).run()
          throw new Error('no')
        })(),
    ],
    ['what drizzle runs', ({ db }) => db.run(sql.raw(ONE))],
    ['what drizzle asks for', ({ db }) => db.get(sql.raw(`${ONE} returning id`))],
    ['what drizzle asks for all of', ({ db }) => db.all(sql.raw(`${ONE} returning id`))],
  ])('%s', (_, does) => {
    const setting = setUp()
    expect(setting.isCounted(() => does(setting))).toEqual([true, true])
  })
})

describe('is counted as no write:', () => {
  test.each<[string, (setting: Setting) => unknown]>([
    ['a question', ({ client }) => client.prepare('select * from notes').all()],
    ['a question row by row', ({ client }) => [...client.prepare('select * from notes').iterate()]],
    ['a pragma', ({ client }) => client.pragma('busy_timeout = 7')],
    ['a look at the journal', ({ client }) => client.prepare('pragma wal_checkpoint(noop)').get()],
    ['a pragma as a text', ({ client }) => client.exec('pragma busy_timeout = 7')],
    [
      'an update that met no row',
      ({ client }) => client.prepare('update notes set text = 1 where id = 99').run(),
    ],
    [
      'an insert that was let be',
      ({ client }) => client.prepare('insert into notes (id) values (7) on conflict do nothing').run(),
    ],
    [
      'what would return a row and met none',
      ({ client }) => client.prepare('delete from notes where id = 99 returning id').pluck().get(),
    ],
    [
      'what would return rows and met none',
      ({ client }) => client.prepare('update notes set text = 1 where id > 99 returning *').all(),
    ],
    ['what throws', ({ client }) => client.prepare('insert into notes (id) values (30), (7)').run()],
    [
      'a transaction in which nothing is written',
      ({ client }) => client.transaction(() => client.prepare('select 1').get()).immediate(),
    ],
    ['a change of the schema', ({ client }) => client.exec('create table more (id)')],
  ])('%s', (_, does) => {
    const setting = setUp()
    expect(setting.isCounted(() => does(setting))).toEqual([false, false])
  })
})

test('what writes cannot be gone through row by row, where it would write later than it is counted', () => {
  const { client } = setUp()
  const rows = () => [...client.prepare(`${ONE} returning id`).iterate()]
  expect(rows).toThrow('row by row')
  expect(client.prepare('select count(*) from notes where id = 1').pluck().get()).toBe(0)
})

test('nothing is said of a connection whose writes nobody counts', () => {
  const { client } = setUp()
  const other = Object.create(client)
  expect(() => writesOf(other)).toThrow('nobody counts')
})
