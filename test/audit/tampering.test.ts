import { describe, expect, test } from 'bun:test'
import { createAuditTrail } from '../../src/audit/trail.ts'
import type { Db } from '../../src/db/open.ts'
import { OPERATOR } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testDatabase } from '../helpers/test-database.ts'

/** A trail of so many rows, each of another second. */
function trailOf(rows: number) {
  const [db, clock] = [testDatabase(), manualClock()]
  const audit = createAuditTrail({ db, clock })
  function record(n: number): void {
    const [subject, before, after] = [`account ${n}`, { name: `old ${n}` }, { name: `new ${n}` }]
    audit.record({ actor: OPERATOR, action: 'accounts.update', subject, accountId: subject, before, after })
    clock.advance(1000)
  }
  const add = (...numbers: number[]) => db.transaction(() => numbers.forEach(record))
  add(...Array.from({ length: rows }, (_, i) => i + 1))
  return { db, audit, add }
}

/** "3 was altered" for each fault of the whole trail. */
async function faultsOf({ audit }: ReturnType<typeof trailOf>): Promise<string[]> {
  const found: string[] = []
  for (let after: { seq: number; hash: string } | undefined; ; ) {
    const { faults, next } = await audit.verify(after)
    found.push(...faults.map(({ seq, problem }) => `${seq} ${problem}`))
    if (next === null) return found
    after = next
  }
}

const UNLINKED = 'does not follow the row before it: that one or this one was replaced'

const sql = (text: string) => (db: Db) => void db.$client.exec(text)

describe('a trail is whole', () => {
  test.each([0, 1, 5, 200, 201, 20_001])('that nobody touched: %d rows', async (rows) => {
    expect(await faultsOf(trailOf(rows))).toEqual([])
  })

  test('also after more is written to it', async () => {
    const trail = trailOf(3)
    trail.add(4)
    expect(await faultsOf(trail)).toEqual([])
    expect(trail.audit.after(0, 9).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })
})

describe('a trail of five rows is found', () => {
  test.each<[string, string[], (db: Db) => void]>([
    ['with an altered time', ['3 was altered'], sql('update audit_entries set at = at + 1 where seq = 3')],
    [
      'with another kind of actor',
      ['3 was altered'],
      sql("update audit_entries set actor_kind = 'key' where seq = 3"),
    ],
    [
      'with another actor',
      ['3 was altered'],
      sql("update audit_entries set actor_name = 'eve' where seq = 3"),
    ],
    [
      'with another origin',
      ['3 was altered'],
      sql("update audit_entries set actor_from = 'socket' where seq = 3"),
    ],
    [
      'with another action',
      ['3 was altered'],
      sql("update audit_entries set action = 'keys.revoke' where seq = 3"),
    ],
    ['with another subject', ['3 was altered'], sql("update audit_entries set subject = 'x' where seq = 3")],
    [
      'without its account',
      ['3 was altered'],
      sql('update audit_entries set account_id = null where seq = 3'),
    ],
    ['with another before', ['3 was altered'], sql("update audit_entries set before = '{}' where seq = 3")],
    ['without its after', ['3 was altered'], sql('update audit_entries set after = null where seq = 3')],
    ['with what is no JSON', ['3 was altered'], sql("update audit_entries set after = '{' where seq = 3")],
    [
      'with a time that is none',
      ['3 was altered'],
      sql("update audit_entries set at = 'noon' where seq = 3"),
    ],
    [
      'with a time past all dates',
      ['3 was altered'],
      sql('update audit_entries set at = 9e15 where seq = 3'),
    ],
    [
      'with another link',
      ['3 was altered'],
      sql("update audit_entries set previous_hash = 'x' where seq = 3"),
    ],
    [
      'with its last row altered',
      ['5 was altered'],
      sql("update audit_entries set subject = 'x' where seq = 5"),
    ],
    [
      'with two altered',
      ['2 was altered', '4 was altered'],
      sql("update audit_entries set subject = 'x' where seq in (2, 4)"),
    ],
    ['without its first', ['1 is missing'], sql('delete from audit_entries where seq = 1')],
    ['without one in the middle', ['3 is missing'], sql('delete from audit_entries where seq = 3')],
    ['without two', ['2 to 3 are missing'], sql('delete from audit_entries where seq in (2, 3)')],
    ['cut off at its end', ['4 to 5 are missing'], sql('delete from audit_entries where seq > 3')],
    ['empty', ['1 to 5 are missing'], sql('delete from audit_entries')],
    [
      'in another order',
      ['2 was altered', `3 ${UNLINKED}`, '4 was altered', `5 ${UNLINKED}`],
      sql(
        'update audit_entries set seq = 9 where seq = 2; update audit_entries set seq = 2 where seq = 4; update audit_entries set seq = 4 where seq = 9',
      ),
    ],
    [
      'with one moved to the end',
      ['2 is missing', '6 was altered', '6 is not the row that was recorded last'],
      sql('update audit_entries set seq = 6 where seq = 2'),
    ],
    [
      'with one before the first',
      ['0 was not recorded by Keyward'],
      sql(
        'insert into audit_entries select 0, at, actor_kind, actor_name, actor_from, action, subject, account_id, before, after, previous_hash, hash, latest_at from audit_entries where seq = 1',
      ),
    ],
    [
      'without the note of its last row',
      ['5 the note of the last row is gone'],
      sql("delete from settings where name = 'audit_head'"),
    ],
    [
      'with a note of something else',
      ['5 the note of the last row is gone'],
      sql("update settings set value = 'x' where name = 'audit_head'"),
    ],
    [
      'cut off, and the note with it, but for its hash',
      ['3 is not the row that was recorded last'],
      sql(
        `delete from audit_entries where seq > 3; update settings set value = '3 ${'0'.repeat(64)}' where name = 'audit_head'`,
      ),
    ],
  ])('%s', async (_, faults, tamper) => {
    const trail = trailOf(5)
    tamper(trail.db)
    expect(await faultsOf(trail)).toEqual(faults)
  })

  test('with a row put in the place of another, whose own hash is right', async () => {
    const trail = trailOf(5)
    const other = trailOf(0)
    other.add(7, 8, 9)
    const [, , row] = other.db.$client
      .prepare<[], Record<string, unknown>>('select * from audit_entries')
      .all()
    trail.db.$client.exec('delete from audit_entries where seq = 3')
    const names = Object.keys(row ?? {})
    trail.db.$client
      .prepare(`insert into audit_entries (${names}) values (${names.map((name) => `@${name}`)})`)
      .run(row)
    expect(await faultsOf(trail)).toEqual([`3 ${UNLINKED}`, `4 ${UNLINKED}`])
  })

  test('by a hash that was noted earlier, where all of it was made anew', async () => {
    const [before, anew] = [trailOf(5), trailOf(6)]
    const { last: noted } = await before.audit.verify()
    anew.db.$client.exec("delete from audit_entries; delete from settings where name = 'audit_head'")
    anew.add(11, 12, 13, 14, 15, 16)
    expect(await faultsOf(anew)).toEqual([])
    expect(anew.audit.faultsOfNoted(noted)).toEqual([
      { seq: 5, problem: 'is not the row whose hash was noted' },
    ])
    before.add(6)
    expect(before.audit.faultsOfNoted(noted)).toEqual([])
  })
})

describe('what is written after', () => {
  test('a trail was cut off does not close the gap', async () => {
    const trail = trailOf(5)
    trail.db.$client.exec('delete from audit_entries where seq > 3')
    trail.add(6)
    expect(await faultsOf(trail)).toEqual(['4 to 5 are missing'])
  })

  test.each([
    ['the note of the last row was removed', "delete from settings where name = 'audit_head'"],
    ['that note was damaged', "update settings set value = '9' where name = 'audit_head'"],
    ['that note was set back', `update settings set value = '2 ${'0'.repeat(64)}' where name = 'audit_head'`],
  ])('%s is recorded all the same: tampering holds up no revocation', async (_, tampering) => {
    const trail = trailOf(5)
    trail.db.$client.exec(tampering)
    trail.add(6)
    expect(await faultsOf(trail)).toEqual([])
    expect(trail.audit.after(5, 9)).toMatchObject([{ seq: 6, subject: 'account 6' }])
  })
})
