import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createApp } from '../src/app.ts'
import { openClient } from '../src/db/driver.ts'
import { openDatabase } from '../src/db/open.ts'
import { manualClock } from './helpers/manual-clock.ts'
import { emptyFolder } from './helpers/process.ts'
import { NO_RUNS, TEST_SECRET } from './helpers/test-app.ts'

function setUp() {
  const file = join(emptyFolder(), 'keyward.db')
  const clock = manualClock()
  const app = createApp({
    ...{ db: openDatabase(file), secret: TEST_SECRET, clock, addressLimit: 300 },
    egress: { allowPrivate: false, allowHttpLoopback: false },
    ...NO_RUNS,
    sandboxPace: 1,
    proofsFolder: '/nowhere',
  })
  return { app, clock, file }
}

test('what a stranger writes to the database is noticed within a second', async () => {
  const { app, clock, file } = setUp()
  const { key } = await app.admin.createKey({ api: 'workflows', name: 'n' })
  expect(app.keys.check('workflows', key)).toBeObject()
  const stranger = openClient(file)
  stranger.exec('update api_keys set revoked_at = 1')
  stranger.close()
  clock.advance(1000)
  app.tick()
  expect(app.keys.check('workflows', key)).toBe('revoked')
  await app.close()
})

test('uses are written every second, so that a crash loses no more', async () => {
  const { app, clock, file } = setUp()
  const { key } = await app.admin.createKey({ api: 'workflows', name: 'n' })
  const spec = { api: 'workflows', category: 'read', scope: null, addressOf: () => '' } as const
  await app.admissions.gate(spec)(key, null)
  clock.advance(1000)
  app.tick()
  const reader = openClient(file)
  expect(reader.prepare('select requests from key_usage').pluck().get()).toBe(1)
  reader.close()
  await app.close()
})

test('readiness fails once the database is closed or is not this program’s', async () => {
  const { app, file } = setUp()
  expect(app.isReady()).toBe(true)
  const stranger = openClient(file)
  stranger.exec("insert into schema_migrations values (99, '0099_future', 'x', 0)")
  stranger.close()
  expect(app.isReady()).toBe(false)
  await app.close()
  expect(app.isReady()).toBe(false)
})
