import { expect, test } from 'bun:test'
import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { createJournal } from '../../src/db/journal.ts'
import type { SyncFile } from '../../src/db/journal-sync.ts'
import { openDatabase, syncedAtOnce } from '../../src/db/open.ts'
import { afterTest } from '../helpers/after-test.ts'
import { diskError, heldSync } from '../helpers/held-sync.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { emptyFolder } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const MIB = 1024 * 1024

/** A database with one small table, and its journal; the first sync, of what was there before, is done. */
async function journalled(sync?: SyncFile) {
  const folder = emptyFolder()
  const file = join(folder, 'test.db')
  const db = openDatabase(file)
  const client = db.$client
  client.exec('create table notes (id integer primary key, text)')
  client.pragma('wal_checkpoint(truncate)')
  const insert = client.prepare('insert into notes (text) values (?)')
  const journal = createJournal(db, sync)
  let isOpen = true
  async function close() {
    if (!isOpen) return
    isOpen = false
    await journal.close()
    client.close()
  }
  afterTest(close)
  const pragma = (name: string) => client.pragma(name, { simple: true })
  return { folder, file, db, client, journal, close, pragma, write: (text = '') => void insert.run(text) }
}

/** How many notes a copy of the database without its journal has. */
function notesWithoutJournal(file: string, folder: string): unknown {
  const copy = join(folder, 'copy.db')
  copyFileSync(file, copy)
  const client = openClient(copy)
  const notes = client.prepare('select count(*) from notes').pluck().get()
  client.close()
  return notes
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await turnOfTheLoop()
  const pending = Symbol('pending')
  return (await Promise.race([promise.catch(() => null), Promise.resolve(pending)])) === pending
}

test('a commit is on disk with the first sync that begins after it, and not with one that is under way', async () => {
  const disk = heldSync()
  const { journal, write } = await journalled(disk.sync)
  write()
  const first = journal.onDisk()
  await turnOfTheLoop()
  expect(disk.begun()).toBe(1)
  write()
  const second = journal.onDisk()
  expect(await isPending(first)).toBe(true)
  disk.end()
  await first
  expect(await isPending(second)).toBe(true)
  expect(disk.begun()).toBe(2)
  disk.end()
  await second
})

test('commits of one turn of the loop, and those that come while a sync is under way, share a sync', async () => {
  const disk = heldSync()
  const { journal, write } = await journalled(disk.sync)
  const commit = () => {
    write()
    return journal.onDisk()
  }
  const early = [commit(), commit(), commit()]
  await turnOfTheLoop()
  const late = [commit(), commit()]
  disk.end()
  await Promise.all(early)
  await turnOfTheLoop()
  disk.end()
  await Promise.all(late)
  expect(disk.begun()).toBe(2)
})

test('what the last process left is synced once, and where nothing is committed nothing is synced', async () => {
  let synced = 0
  const { journal, client, write } = await journalled(async () => void synced++)
  await journal.onDisk()
  expect(synced).toBe(1)
  await journal.onDisk()
  client.prepare('select * from notes').all()
  await journal.onDisk()
  expect(synced).toBe(1)
  write()
  await journal.onDisk()
  expect(synced).toBe(2)
})

test('after a sync that failed the journal is not trusted until it stands in the database itself', async () => {
  const answers = [diskError()]
  let asked = 0
  const { file, folder, journal, write } = await journalled(async () => {
    asked++
    const error = answers.shift()
    if (error) throw error
  })
  write()
  await loggedDuring(async () => {
    expect(await journal.onDisk().catch((error) => error.code)).toBe('EIO')
  })
  expect(journal.isTrusted()).toBe(false)
  expect(notesWithoutJournal(file, folder)).toBe(0)
  // The next sync of the file would succeed, and mean nothing.
  await journal.onDisk()
  expect(asked).toBe(1)
  expect(journal.isTrusted()).toBe(true)
  expect(notesWithoutJournal(file, folder)).toBe(1)
})

test('a journal that cannot be written back stays untrusted, and heals by itself when it can', async () => {
  const answers = [diskError()]
  const { file, journal, write } = await journalled(async () => {
    const error = answers.shift()
    if (error) throw error
  })
  const reader = openClient(file)
  afterTest(() => void reader.close())
  reader.exec('begin')
  reader.prepare('select count(*) from notes').get()
  write()
  await loggedDuring(async () => {
    expect(await journal.onDisk().catch((error) => error.code)).toBe('EIO')
    expect(await journal.onDisk().catch((error) => error.code)).toBe('EIO')
  })
  expect(journal.isTrusted()).toBe(false)
  reader.exec('commit')
  journal.look()
  await until(journal.isTrusted)
})

test('the journal is written back elsewhere, and begins anew before it has grown past its bound', async () => {
  const { file, client, journal, write } = await journalled()
  const text = 'x'.repeat(MIB)
  for (let mib = 0; mib < 200; mib += 4) {
    client.transaction(() => {
      for (let i = 0; i < 4; i++) write(text)
    })()
    journal.look()
    await journal.onDisk()
  }
  expect(statSync(`${file}-wal`).size).toBeLessThan(150 * MIB)
})

test('the other thread’s connection to the same file takes no lock from ours, neither open nor closed', async () => {
  const { file, client, journal, write, close } = await journalled(async () => {
    throw diskError()
  })
  write()
  await loggedDuring(() => journal.onDisk().catch(() => {}))
  await journal.onDisk()
  client.exec('begin immediate')
  expect(writtenByAnother(file)).toContain('database is locked')
  client.exec('rollback')
  const other = openDatabase(file)
  afterTest(() => void other.$client.close())
  other.$client.exec('begin immediate')
  await close()
  expect(writtenByAnother(file)).toContain('database is locked')
  other.$client.exec('rollback')
  expect(writtenByAnother(file)).toBe('')
})

test('a server commits without a sync, and what a file beside the database follows is synced at once', async () => {
  const { db, pragma } = await journalled()
  const NORMAL = 1
  const FULL = 2
  expect([pragma('synchronous'), pragma('wal_autocheckpoint')]).toEqual([NORMAL, 0])
  expect(syncedAtOnce(db, () => pragma('synchronous'))).toBe(FULL)
  expect(() =>
    syncedAtOnce(db, () => {
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(pragma('synchronous')).toBe(NORMAL)
})

/** Locks hold between processes. @returns the error. */
function writtenByAnother(file: string): string {
  const script = `
    const { Database } = require('bun:sqlite')
    const db = new Database(process.argv[1])
    db.run('pragma busy_timeout = 0')
    db.run("insert into notes (text) values ('')")`
  return Bun.spawnSync([process.execPath, '-e', script, file]).stderr.toString()
}
