import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { isDamaged, storageTrouble } from '../../src/lib/storage-trouble.ts'
import { emptyFolder } from '../helpers/process.ts'

function failureOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('an error is known as trouble with storage', () => {
  test('where SQLite’s own database is locked, read-only or full', () => {
    const file = join(emptyFolder(), 'test.db')
    const client = openClient(file)
    client.exec('create table t (x)')
    const stranger = openClient(file)
    stranger.exec('begin immediate')
    client.pragma('busy_timeout = 0')
    const insert = () => client.prepare('insert into t values (zeroblob(100000))').run()
    expect(storageTrouble(failureOf(insert))).toBe('another program has locked the database')
    stranger.exec('rollback')
    stranger.close()
    client.pragma('query_only = on')
    expect(storageTrouble(failureOf(insert))).toBe('the disk cannot be written to')
    client.pragma('query_only = off')
    client.pragma('max_page_count = 3')
    expect(storageTrouble(failureOf(insert))).toBe('the disk is full')
    expect(storageTrouble(failureOf(() => client.exec('rollback')))).toBe('the disk cannot be written to')
    client.close()
  })

  test('but not where it is a defect', () => {
    const client = openClient(':memory:')
    client.exec('create table t (x unique); insert into t values (1)')
    expect(storageTrouble(failureOf(() => client.exec('insert into t values (1)')))).toBeNull()
    expect(storageTrouble(failureOf(() => client.exec('nonsense')))).toBeNull()
    expect(storageTrouble(new TypeError('x is undefined'))).toBeNull()
    client.close()
  })
})

test('a file that is no database is damaged, which is no trouble that passes', () => {
  const file = join(emptyFolder(), 'no.db')
  writeFileSync(file, 'x'.repeat(4096))
  const error = failureOf(() => openClient(file).exec('create table t (x)'))
  expect(isDamaged(error)).toBe(true)
  expect(storageTrouble(error)).toBeNull()
})

test('a locked file is not damaged, and neither is what was asked for wrongly', () => {
  const client = openClient(':memory:')
  expect(isDamaged(failureOf(() => client.exec('nonsense')))).toBe(false)
  expect(isDamaged(Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' }))).toBe(false)
  client.close()
})
