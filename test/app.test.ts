import { expect, spyOn, test } from 'bun:test'
import { renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createApp } from '../src/app.ts'
import { dataFolder } from '../src/data-folder/folder.ts'
import { takeOwnership } from '../src/data-folder/lock.ts'
import { watchFolder } from '../src/data-folder/watch.ts'
import { openClient } from '../src/db/driver.ts'
import { openDatabase } from '../src/db/open.ts'
import { stderr } from '../src/lib/standard-streams.ts'
import { afterTest } from './helpers/after-test.ts'
import { OPERATOR } from './helpers/audit.ts'
import { manualClock } from './helpers/manual-clock.ts'
import { emptyFolder } from './helpers/process.ts'
import { NO_RUNS, TEST_SECRET } from './helpers/test-app.ts'

function setUp() {
  const folder = dataFolder(emptyFolder())
  const file = folder.database
  const clock = manualClock()
  takeOwnership(folder)
  const db = openDatabase(file)
  const app = createApp({
    db,
    secret: TEST_SECRET,
    clock,
    addressLimit: 300,
    egress: { allowPrivate: false, allowHttpLoopback: false },
    ...NO_RUNS,
    sandboxPace: 1,
    proofsFolder: '/nowhere',
    watch: watchFolder(folder),
  })
  return { app, db, clock, file }
}

test('what a stranger writes to the database is noticed within a second', async () => {
  const { app, clock, file } = setUp()
  const { key } = await app.admin.keys.create({ api: 'workflows', name: 'n' })
  expect(app.keys.check('workflows', key)).toBeObject()
  const stranger = openClient(file)
  stranger.exec('update api_keys set revoked_at = 1')
  stranger.close()
  clock.advance(1000)
  app.tick()
  expect(app.keys.check('workflows', key)).toBe('revoked')
  await app.close()
})

test('work that fails in the background keeps no other work from its turn, and is told of once a minute', async () => {
  const { app, clock, file } = setUp()
  const { key, id } = await app.admin.keys.create({ api: 'workflows', name: 'n' })
  expect(app.keys.check('workflows', key)).toBeObject()
  const stranger = openClient(file)
  stranger.exec(`delete from api_keys where id = '${id}'; drop table inbound_events; drop table tasks`)
  stranger.close()
  const told = spyOn(stderr, 'writeLine')
  afterTest(() => told.mockRestore())
  for (let ticks = 0; ticks < 3; ticks++) {
    clock.advance(60_000)
    app.tick()
    // Where work is a promise, its failure is known a turn of the event loop later.
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(app.keys.check('workflows', key)).toBe('invalid')
  const lines = told.mock.calls.map(([line]) => String(line))
  for (const work of ['the pruning of events', 'the deadlines of tasks']) {
    expect(lines.filter((line) => line.includes(work))).toHaveLength(3)
  }
  await app.close()
})

test('another program’s lock is not waited for by background work, which comes again when it is gone', async () => {
  const { app, db, clock, file } = setUp()
  const { id } = await app.admin.keys.create({ api: 'workflows', name: 'n' })
  const { key } = await app.admin.keys.create({ api: 'workflows', name: 'n' })
  const spec = { api: 'workflows', category: 'read', addressOf: () => '' } as const
  await app.admissions.gate(spec)(key, null)
  const stranger = openClient(file)
  stranger.exec('begin immediate')
  const waitsMs = new Set<unknown>()
  const { now } = clock
  // The background work asks what time it is while it works.
  clock.now = () => {
    waitsMs.add(db.$client.pragma('busy_timeout', { simple: true }))
    return now()
  }
  clock.advance(1000)
  app.tick()
  expect([...waitsMs]).toEqual([0])
  clock.now = now
  expect(app.isReady()).toBe(false)
  expect(() => app.keys.revoke(id, OPERATOR)).toThrow('another program has locked the database')
  stranger.exec('rollback')
  clock.advance(1000)
  app.tick()
  expect(app.isReady()).toBe(true)
  expect(stranger.prepare('select count(*) from key_usage').pluck().get()).toBe(1)
  expect(stranger.prepare('select count(revoked_at) from api_keys').pluck().get()).toBe(1)
  stranger.close()
  await app.close()
})

test('uses are written every second, so that a crash loses no more', async () => {
  const { app, clock, file } = setUp()
  const { key } = await app.admin.keys.create({ api: 'workflows', name: 'n' })
  const spec = { api: 'workflows', category: 'read', addressOf: () => '' } as const
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

test.each(['owner.lock', 'keyward.db', 'keyward.db-wal', 'runs.db'])(
  'a server whose %s is gone is not ready within a second, and stores nothing until it is back',
  async (name) => {
    const { app, clock, file } = setUp()
    const lost = join(dirname(file), name)
    const lookAgain = () => {
      clock.advance(1000)
      app.tick()
    }
    // The engine makes its file at the first run.
    if (name === 'runs.db') writeFileSync(lost, '')
    lookAgain()
    expect(app.isReady()).toBe(true)
    renameSync(lost, `${lost}.elsewhere`)
    lookAgain()
    expect(app.isReady()).toBe(false)
    await expect(app.admin.accounts.create({ name: 'n' })).rejects.toThrow('readonly')
    writeFileSync(lost, 'another file of that name')
    lookAgain()
    expect(app.isReady()).toBe(false)
    renameSync(`${lost}.elsewhere`, lost)
    lookAgain()
    expect(app.isReady()).toBe(true)
    expect(await app.admin.accounts.create({ name: 'n' })).toMatchObject({ name: 'n' })
    await app.close()
  },
)

test('a key that is refused leaves no account behind that was made for it', async () => {
  const { app } = setUp()
  const key = { api: 'workflows', name: 'n' } as const
  for (const bad of [{ name: '' }, { scopes: ['nope'] }, { lifetimeMs: -1 }, { lifetimeMs: 1e16 }]) {
    await expect(app.admin.keys.create({ ...key, ...bad })).rejects.toThrow()
  }
  expect(await app.admin.accounts.list()).toEqual([])
  await app.close()
})
