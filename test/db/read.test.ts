import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/open.ts'
import { columns, createSnapshot, prepareRead } from '../../src/db/read.ts'
import { settings } from '../../src/db/schema/settings.ts'
import { proofs } from '../../src/db/schema/tasks.ts'
import { afterTest } from '../helpers/after-test.ts'

/** Two connections to one database. */
function twoConnections(): [Db, Db] {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-test-'))
  const path = join(folder, 'keyward.db')
  const opened: [Db, Db] = [openDatabase(path), openDatabase(path)]
  afterTest(() => {
    for (const { $client } of opened) $client.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return opened
}

test('a column that SQLite holds in another form is refused before anything is read', () => {
  expect(() => columns({ geoValid: proofs.geoValid })).toThrow('geo_valid is a boolean')
  expect(() => columns({ status: proofs.status })).not.toThrow()
})

test('reads in one snapshot see one state, whatever another process writes between them', () => {
  const [db, other] = twoConnections()
  const inSnapshot = createSnapshot(db)
  const counting = prepareRead(db, db.select(columns({ n: sql<number>`count(*)` })).from(settings))
  const count = () => counting.get({})?.n
  const before = count()
  const seen = inSnapshot(() => {
    const first = count()
    other.insert(settings).values({ name: 'test', value: 'x' }).run()
    return [first, count()]
  })
  expect(seen).toEqual([before, before])
  expect(count()).toBe((before ?? 0) + 1)
})

test('a snapshot whose work throws leaves no transaction open, and one inside a transaction ends none', () => {
  const [db] = twoConnections()
  const inSnapshot = createSnapshot(db)
  const broken = () =>
    inSnapshot(() => {
      throw new Error('broken')
    })
  expect(broken).toThrow('broken')
  expect(db.$client.inTransaction).toBe(false)
  db.transaction(() => {
    inSnapshot(() => 1)
    expect(db.$client.inTransaction).toBe(true)
  })
})
