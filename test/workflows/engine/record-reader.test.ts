import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BackendSqlite } from 'openworkflow/sqlite'
import { NAMESPACE } from '../../../src/workflows/engine/own-operations.ts'
import { openRecordReader, type RecordReader } from '../../../src/workflows/engine/record-reader.ts'
import { afterTest } from '../../helpers/after-test.ts'
import { emptyFolder } from '../../helpers/process.ts'

const RUN = 'run-1'

type Row = { status?: string; output?: string | null; at?: string; run?: string }

type Scene = {
  reader: RecordReader
  path: string
  other: Database
  record: (name: string, row?: Row) => void
}

/** A file as openworkflow makes it, and a copy, because a connection of openworkflow's stays open for a while. */
async function engineFile(): Promise<string> {
  const [made, path] = [join(emptyFolder(), 'made.db'), join(emptyFolder(), 'runs.db')]
  await BackendSqlite.connect(made).stop()
  const db = new Database(made)
  db.run('vacuum into ?', [path])
  db.close()
  return path
}

/** A file of the engine with a reader on it, and what somebody else writes to it. */
async function scene(): Promise<Scene> {
  const path = await engineFile()
  const other = new Database(path)
  other.run('pragma journal_mode = wal')
  const insert = other.query(
    `insert into step_attempts (namespace_id, id, workflow_run_id, step_name, kind, status, config, output, created_at, updated_at)
     values ($namespace, $id, $run, $name, 'function', $status, '{}', $output, $at, $at)`,
  )
  let id = 0
  const record: Scene['record'] = (
    name,
    { status = 'completed', output = '1', at = '2026', run = RUN } = {},
  ) => {
    id += 1
    const values = {
      $namespace: NAMESPACE,
      $id: `${id}`,
      $run: run,
      $name: name,
      $status: status,
      $output: output,
      $at: at,
    }
    insert.run(values)
  }
  const reader = openRecordReader(path)
  afterTest(() => {
    reader.close()
    other.close()
  })
  return { reader, path, other, record }
}

describe('the records of a small run', () => {
  test('are read in the order in which they were made, whatever times they have, with what each gave', async () => {
    const { reader, record } = await scene()
    record('b', { at: '2027', output: '{"n":1}' })
    record('c', { at: '2026', status: 'running', output: null })
    record('a', { at: '2025', status: 'succeeded' })
    record('x', { run: 'another' })
    expect(reader.smallRecords(RUN)).toEqual([
      { name: 'b', isDone: true, output: '{"n":1}' },
      { name: 'c', isDone: false, output: null },
      { name: 'a', isDone: true, output: '1' },
    ])
    expect(reader.smallRecords('nobody')).toEqual([])
  })

  test('are those that are there now, also beside somebody who writes and has not ended', async () => {
    const { reader, record, other } = await scene()
    expect(reader.smallRecords(RUN)).toEqual([])
    record('a')
    expect(reader.smallRecords(RUN)).toHaveLength(1)
    other.run('begin immediate')
    record('b')
    expect(reader.smallRecords(RUN)).toHaveLength(1)
    other.run('commit')
    expect(reader.smallRecords(RUN)).toHaveLength(2)
  })
})

test('the version of the file is the same until somebody has written to it, and is not known once it is closed', async () => {
  const { reader, record, other } = await scene()
  const first = reader.version()
  expect([typeof first, reader.version()]).toEqual(['number', first])
  other.run('begin immediate')
  record('a')
  expect(reader.version()).toBe(first)
  other.run('commit')
  const second = reader.version()
  expect([typeof second, second === first, reader.version() === second]).toEqual(['number', false, true])
  reader.smallRecords(RUN)
  expect(reader.version()).toBe(second)
  reader.close()
  expect(reader.version()).toBeNull()
})

describe('whoever asks goes by way of the thread where', () => {
  test('there are more than 64 records', async () => {
    const { reader, record } = await scene()
    for (let i = 0; i < 64; i++) record(`step-${i}`)
    expect(reader.smallRecords(RUN)).toHaveLength(64)
    record('one more')
    expect(reader.smallRecords(RUN)).toBeNull()
  })

  test('one gave more than 8 KiB, in bytes', async () => {
    const { reader, record, other } = await scene()
    record('a', { output: `"${'ä'.repeat(4095)}"` })
    expect(reader.smallRecords(RUN)).toHaveLength(1)
    other.run('delete from step_attempts')
    record('a', { output: `"${'ä'.repeat(4096)}"` })
    expect(reader.smallRecords(RUN)).toBeNull()
  })

  test('they gave more than 128 KiB together', async () => {
    const { reader, record } = await scene()
    for (let i = 0; i < 16; i++) record(`step-${i}`, { output: `"${'x'.repeat(8190)}"` })
    expect(reader.smallRecords(RUN)).toHaveLength(16)
    record('one more')
    expect(reader.smallRecords(RUN)).toBeNull()
  })

  test.each([
    ['nobody has made it', () => undefined],
    ['it is damaged', (path: string) => writeFileSync(path, 'x'.repeat(100_000))],
    ['it is no file of the engine', (path: string) => new Database(path).close()],
  ])('the file cannot be read, because %s', (_, make) => {
    const path = join(emptyFolder(), 'runs.db')
    make(path)
    const reader = openRecordReader(path)
    expect([reader.smallRecords(RUN), reader.version()]).toEqual([null, null])
    reader.close()
  })

  test('another program has the file alone, and at once', async () => {
    const { reader, record, other, path } = await scene()
    record('a')
    reader.close()
    other.run('pragma locking_mode = exclusive')
    record('b')
    expect(openRecordReader(path).smallRecords(RUN)).toBeNull()
  })

  test('the reader was closed, which leaves the file to others as if it had never been open', async () => {
    const { reader, record, other, path } = await scene()
    record('a')
    expect(reader.smallRecords(RUN)).toHaveLength(1)
    reader.close()
    expect(reader.smallRecords(RUN)).toBeNull()
    other.run('pragma journal_mode = delete')
    expect(existsSync(`${path}-wal`)).toBe(false)
  })
})
