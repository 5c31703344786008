import { expect, test } from 'bun:test'
import { loggedDuring } from '../helpers/logged.ts'
import { manyKeysMadeBy } from '../helpers/many-keys.ts'
import { testApp } from '../helpers/test-app.ts'

const DAY_MS = 86_400_000

async function setUp() {
  const { app, db, clock } = testApp()
  const make = (lifetimeMs?: number) => app.admin.keys.create({ api: 'workflows', name: 'n', lifetimeMs })

  async function toldIn(days: number): Promise<string[]> {
    const { told } = await loggedDuring(() => {
      for (let day = 0; day < days; day++) {
        clock.advance(DAY_MS)
        for (let tick = 0; tick < 5; tick++) app.tick()
      }
    })
    return told
  }

  return { app, db, clock, make, toldIn }
}

test('keys that have had the same secret for 90 days are told of once a day, until it is replaced', async () => {
  const { app, make, toldIn } = await setUp()
  const { id } = await make()
  expect(await toldIn(89)).toEqual([])
  const line =
    'keyward: 1 API key has had the same secret for 90 days. See which: keyward admin keys list --older-than 90d'
  expect(await toldIn(2)).toEqual([line, line])
  await app.admin.keys.rotate({ id })
  expect(await toldIn(89)).toEqual([])
  expect(await toldIn(1)).toEqual([line])
})

test('keys that are revoked, expired or disabled are not told of, and one that is renamed is', async () => {
  const { app, make, toldIn } = await setUp()
  const [revoked, disabled, renamed] = [await make(), await make(), await make(), await make(90 * DAY_MS)]
  await toldIn(89)
  await app.admin.keys.revoke({ id: revoked.id })
  await app.admin.keys.disable({ id: disabled.id })
  await app.admin.keys.rename({ id: renamed.id, name: 'new' })
  expect(await toldIn(1)).toEqual([expect.stringContaining('1 API key has')])
})

test('all of more keys than are looked at in one go are told of in one line', async () => {
  const { db, make, toldIn } = await setUp()
  const maker = await make()
  // Made in the first seconds of 1970.
  manyKeysMadeBy(db, maker, 4500, { expiresAt: null })
  expect(await toldIn(1)).toEqual([expect.stringContaining('4500 API keys have')])
})

test('where years are driven through at once, old keys are told of once a day by the host’s time', async () => {
  const { app, clock, dev } = testApp({ isDev: true })
  await app.admin.keys.create({ api: 'workflows', name: 'n' })
  const { told } = await loggedDuring(async () => {
    for (let month = 0; month < 12; month++) {
      await dev('POST /clock/advance', { json: { by: '91d' } })
      app.tick()
      app.tick()
    }
  })
  expect(told.length).toBe(1)
  const { told: next } = await loggedDuring(() => {
    clock.advance(DAY_MS)
    app.tick()
  })
  expect(next.length).toBe(1)
})
