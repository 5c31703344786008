import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { createGroupCommit } from '../../src/db/group-commit.ts'
import { SYNCED_BY_COMMIT } from '../../src/db/journal.ts'
import { openDatabase } from '../../src/db/open.ts'
import { afterTest } from '../helpers/after-test.ts'
import { emptyFolder } from '../helpers/process.ts'

/** A database with one small table, whose log is empty. */
function counted() {
  const db = openDatabase(join(emptyFolder(), 'test.db'))
  const client = db.$client
  afterTest(() => void client.close())
  client.exec('create table parent (id integer primary key)')
  client.exec('create table child (id integer primary key references parent (id))')
  client.pragma('foreign_keys = on')
  client.pragma('wal_checkpoint(truncate)')
  const insert = client.prepare('insert into parent values (?)')
  let workedMs = 0
  return {
    client,
    commit: createGroupCommit(db, SYNCED_BY_COMMIT.onDisk, () => workedMs),
    /** As if a write had taken so long. */
    work: (ms: number) => {
      workedMs += ms
    },
    insert: (id: number) => insert.run(id).changes,
    stored: () => client.prepare('select id from parent order by id').pluck().all(),
    /** How many pages were written to the log: at least one by each commit. */
    pagesLogged: () => (client.pragma('wal_checkpoint(passive)') as { log: number }[])[0]?.log,
  }
}

test('fifty writes at once are one commit, the next fifty another, and each resolves with what it gave', async () => {
  const { commit, insert, stored, pagesLogged } = counted()
  const ids = Array.from({ length: 100 }, (_, index) => index)
  const order: number[] = []
  const given = await Promise.all(
    ids.map((id) =>
      commit(() => {
        order.push(id)
        return insert(id)
      }),
    ),
  )
  expect(given).toEqual(ids.map(() => 1))
  expect(order).toEqual(ids)
  expect(stored()).toEqual(ids)
  expect(pagesLogged()).toBe(2)
})

test('writes that take long are not done in one turn: others have theirs between them', async () => {
  const { commit, insert, stored, work } = counted()
  const order: string[] = []
  const write = (id: number, ms: number) =>
    commit(() => {
      order.push(`write ${id}`)
      if (id === 1) setImmediate(() => order.push('another'))
      work(ms)
      return insert(id)
    })
  expect(await Promise.all([write(1, 2), write(2, 3), write(3, 40), write(4, 1)])).toEqual([1, 1, 1, 1])
  expect(order).toEqual(['write 1', 'write 2', 'another', 'write 3', 'write 4'])
  expect(stored()).toEqual([1, 2, 3, 4])
})

test('a write that throws is undone alone', async () => {
  const { commit, insert, stored } = counted()
  const ends = await Promise.allSettled([
    commit(() => insert(1)),
    commit(() => {
      insert(2)
      return insert(1)
    }),
    commit(() => insert(3)),
  ])
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(stored()).toEqual([1, 3])
})

test('after a write that throws when it has changed something, the others resolve with what is stored of them', async () => {
  const { commit, insert, stored } = counted()
  let id = 0
  const insertNext = () => {
    id++
    insert(id)
    return id
  }
  const failing = () => {
    insert(1000)
    throw new Error('half')
  }
  const ends = await Promise.allSettled([insertNext, failing, insertNext, failing, insertNext].map(commit))
  const given = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  expect(ends.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(stored()).toEqual(given)
})

test('beside writes that throw before they have changed anything, each of the others is done once', async () => {
  const { commit, insert, stored } = counted()
  const order: number[] = []
  const write = (id: number) => () => {
    order.push(id)
    return insert(id)
  }
  const refused = () => {
    throw new Error('refused')
  }
  const ends = await Promise.allSettled([write(1), refused, write(2), refused, write(3)].map(commit))
  expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(2)
  expect(order).toEqual([1, 2, 3])
  expect(stored()).toEqual([1, 2, 3])
})

test('where the commit fails, nothing is stored, every write rejects, and the next one goes well', async () => {
  const { client, commit, insert, stored } = counted()
  const ends = await Promise.allSettled([
    commit(() => insert(1)),
    commit(() => {
      // It is checked when the transaction ends.
      client.pragma('defer_foreign_keys = on')
      client.prepare('insert into child values (99)').run()
    }),
  ])
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(stored()).toEqual([])
  await commit(() => insert(2))
  expect(stored()).toEqual([2])
})

test('an error that undoes the whole transaction rejects every write of it, and those after it are not done', async () => {
  const { client, commit, insert, stored } = counted()
  const ends = await Promise.allSettled([
    commit(() => insert(1)),
    commit(() => client.exec('insert or rollback into parent values (1)')),
    commit(() => insert(2)),
  ])
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(stored()).toEqual([])
})

test('another program’s lock is waited for while the event loop goes on, each write for some 250 ms', async () => {
  const { client, commit, insert, stored } = counted()
  const stranger = openClient(client.name)
  stranger.exec('begin immediate')
  const refused = commit(() => insert(1))
  await expect(refused).rejects.toThrow('database is locked')
  const patient = commit(() => insert(2))
  await new Promise((resolve) => setImmediate(resolve))
  stranger.exec('rollback')
  stranger.close()
  expect(await patient).toBe(1)
  expect(stored()).toEqual([2])
})
