import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { emptyFolder } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** More than two slices, each of 50. */
const OLD = 120

/** A server with old events and calls of mocks, and a young one of each; they are kept for ten days. */
async function setUp() {
  const folder = emptyFolder()
  const { app, db, clock, close } = testApp({ folder, runHistoryMs: 10 * DAY_MS })
  const { id: account } = await app.admin.accounts.create({ name: 'a' })
  const event = db.$client.prepare(
    `insert into inbound_events (id, account_id, source, body, workflows_triggered, created_at)
     values (?, '${account}', 'custom:x', '{}', 0, ?)`,
  )
  const call = db.$client.prepare(
    `insert into mock_calls (id, account_id, provider, action, run_id, step_id, input, status, created_at)
     values (?, '${account}', 'p', 'a', 'r', 's', '{}', 200, ?)`,
  )
  db.$client.transaction(() => {
    const old = Array.from({ length: OLD }, (_, i) => [`old-${i}`, clock.now() - 10 * DAY_MS] as const)
    for (const row of [...old, ['young', clock.now()] as const]) {
      event.run(...row)
      call.run(...row)
    }
  })()
  const counts = () => countsIn(join(folder, 'keyward.db'))
  const aMinuteLater = () => {
    clock.advance(MINUTE_MS)
    app.tick()
  }
  return { folder, close, counts, aMinuteLater }
}

/** As another program sees them. */
function countsIn(file: string): unknown[] {
  const reader = openClient(file)
  const count = (table: string) => reader.prepare(`select count(*) from ${table}`).pluck().get()
  const counts = [count('inbound_events'), count('mock_calls')]
  reader.close()
  return counts
}

describe('old events and calls of mocks', () => {
  test('are all forgotten in one turn, in slices that hold up nobody; the young ones stay', async () => {
    const { counts, aMinuteLater } = await setUp()
    aMinuteLater()
    expect(counts()).toEqual([OLD + 1 - 50, OLD + 1 - 50])
    await until(() => Bun.deepEquals(counts(), [1, 1]))
    expect(counts()).toEqual([1, 1])
  })

  test('are not forgotten twice at once, however long it takes', async () => {
    const { counts, aMinuteLater } = await setUp()
    aMinuteLater()
    aMinuteLater()
    expect(counts()).toEqual([OLD + 1 - 50, OLD + 1 - 50])
  })

  test('stay where a server that is told to stop has not come to them, and nothing fails of it', async () => {
    const { folder, close, aMinuteLater } = await setUp()
    const { told } = await loggedDuring(async () => {
      aMinuteLater()
      await close()
    })
    expect(told).toEqual([])
    expect(countsIn(join(folder, 'keyward.db'))).toEqual([OLD + 1 - 50, OLD + 1 - 50])
  })

  test('wait while another program locks the database, and go when it no longer does', async () => {
    const { folder, counts, aMinuteLater } = await setUp()
    const stranger = openClient(join(folder, 'keyward.db'))
    stranger.exec('begin immediate')
    await loggedDuring(async () => aMinuteLater())
    expect(counts()).toEqual([OLD + 1, OLD + 1])
    stranger.exec('rollback')
    stranger.close()
    aMinuteLater()
    await until(() => Bun.deepEquals(counts(), [1, 1]))
    expect(counts()).toEqual([1, 1])
  })
})
