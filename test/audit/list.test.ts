import { describe, expect, test } from 'bun:test'
import { openClient } from '../../src/db/driver.ts'
import { migrate } from '../../src/db/migrate.ts'
import { migrations } from '../../src/db/migrations.ts'
import { START_MS } from '../helpers/manual-clock.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { testApp } from '../helpers/test-app.ts'

/** Ten rows, a minute apart, of two accounts and three keys. */
async function setUp() {
  const { app, db, clock } = testApp()
  const [audit, actor] = [app.admin.audit, { kind: 'operator', name: 'kim', from: 'socket' } as const]
  const admin = app.adminFor(actor)
  const step = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work
    clock.advance(60_000)
    return result
  }
  const one = await step(admin.accounts.create({ name: 'one' }))
  const two = await step(admin.accounts.create({ name: 'two' }))
  const keyOf = (accountId: string) => step(admin.keys.create({ api: 'workflows', name: 'k', accountId }))
  const [a, b, c] = [await keyOf(one.id), await keyOf(two.id), await keyOf(two.id)]
  await step(admin.keys.revoke({ id: b.id }))
  await step(admin.accounts.update({ id: one.id, tier: 'pro' }))
  const seqs = async (input: Parameters<typeof audit.list>[0]) =>
    (await audit.list(input)).map(({ seq }) => seq)
  return { app, db, clock, audit, seqs, one, two, a, b, c }
}

describe('a list of changes', () => {
  test('shows the newest first, 50 unless more or fewer are asked for', async () => {
    const { seqs, app, one } = await setUp()
    expect(await seqs({})).toEqual([7, 6, 5, 4, 3, 2, 1])
    expect(await seqs({ limit: 2 })).toEqual([7, 6])
    for (let cents = 1; cents <= 50; cents++) await app.admin.accounts.credit({ id: one.id, cents })
    expect(await seqs({})).toHaveLength(50)
    expect(await seqs({ limit: 1000 })).toHaveLength(57)
  })

  test('of a key shows what was done to it and what was done with it', async () => {
    const { app, clock, seqs, a, b } = await setUp()
    expect(await seqs({ keyId: b.id })).toEqual([6, 4])
    const key = await app.admin.keys.list({}).then((keys) => keys.find(({ id }) => id === a.id))
    expect(key).toBeDefined()
    const actor = { kind: 'key', name: a.id, from: '::1' } as const
    app.keys.revoke(a.id, actor)
    clock.advance(1)
    expect(await seqs({ keyId: a.id })).toEqual([8, 3])
    await app.adminFor(actor).accounts.create({ name: 'three' })
    expect(await seqs({ keyId: a.id, limit: 2 })).toEqual([9, 8])
  })

  test('of an account shows the account and its keys', async () => {
    const { seqs, one, two, b } = await setUp()
    expect(await seqs({ accountId: one.id })).toEqual([7, 3, 1])
    expect(await seqs({ accountId: two.id })).toEqual([6, 5, 4, 2])
    expect(await seqs({ accountId: one.id, keyId: b.id })).toEqual([])
    await expect(seqs({ accountId: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('from a time on shows that time too, also where the clock went back meanwhile', async () => {
    const { seqs, app, clock, one } = await setUp()
    const minute = (n: number) => START_MS + n * 60_000
    expect(await seqs({ since: minute(5) })).toEqual([7, 6])
    expect(await seqs({ since: minute(5), limit: 1 })).toEqual([7])
    expect(await seqs({ since: minute(0), accountId: one.id })).toEqual([7, 3, 1])
    expect(await seqs({ since: minute(3), accountId: one.id })).toEqual([7])
    expect(await seqs({ withinMs: 120_000 })).toEqual([7, 6])
    clock.stepWall(-180_000)
    await app.admin.accounts.credit({ id: one.id, cents: 1 })
    expect(await seqs({ since: minute(4) })).toEqual([8, 7, 6, 5])
    expect(await seqs({ limit: 1 })).toEqual([8])
  })

  test.each<[string, object]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: 1001 }],
    ['limit', { limit: '5' }],
    ['since', { since: 'yesterday' }],
    ['since', { withinMs: 'x' }],
    ['keyId', { keyId: {} }],
    ['accountId', { accountId: 7 }],
    ['before', { before: '7' }],
    ['before', { before: 1.5 }],
  ])('refuses a %s that is none: %p', async (field, input) => {
    const { app } = testApp()
    await expect(app.admin.audit.list(input as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
  })

  test('goes on page by page before a row, whatever else it is asked for', async () => {
    const { seqs, one } = await setUp()
    const all = await seqs({})
    expect(await seqs({ before: all[2] })).toEqual(all.slice(3))
    expect(await seqs({ before: all[0], limit: 2 })).toEqual(all.slice(1, 3))
    expect(await seqs({ before: 7, accountId: one.id })).toEqual([3, 1])
    expect(await seqs({ before: 7, keyId: one.id })).toEqual(
      (await seqs({ keyId: one.id })).filter((seq) => seq < 7),
    )
    expect(await seqs({ before: 1 })).toEqual([])
  })

  test('is found in an index, whatever it is asked for', async () => {
    const { db, app } = testApp()
    const { id: accountId } = await app.admin.accounts.create({ name: 'one' })
    for (const input of [
      {},
      { keyId: 'k' },
      { accountId },
      { since: 1 },
      { keyId: 'k', accountId, since: 1 },
      { accountId, since: 1 },
      { keyId: 'k', before: 9 },
      { accountId, since: 1, before: 9 },
    ]) {
      const plans = queryPlans(db, () => void app.admin.audit.list(input))
      const steps = plans.flatMap((plan) => plan.steps)
      expect(steps.length).toBeGreaterThan(0)
      // Row by row from the newest is right where nothing is filtered, and nowhere else.
      const scans = steps.filter((step) => step.startsWith('SCAN audit_entries') && !/INDEX/.test(step))
      expect([input, scans]).toEqual([input, Object.keys(input).length === 0 ? scans : []])
    }
  })
})

describe('what over the socket is no place in the trail is refused:', () => {
  const hash = '0'.repeat(64)
  test.each<[string, object]>([
    ['after', { after: 3 }],
    ['after', { after: null }],
    ['after', { after: { seq: 1 } }],
    ['after', { after: { seq: 'x', hash } }],
    ['noted', { noted: { seq: 1, hash: 'x' } }],
    ['noted', { noted: { seq: 1.5, hash } }],
  ])('%s of %p', async (field, input) => {
    const { app } = testApp()
    const problems = { problems: [{ field }] }
    await expect(app.admin.audit.verify(input as never)).rejects.toMatchObject(problems)
  })

  test('after of an export', async () => {
    const { app } = testApp()
    for (const after of ['1', null, 1.5, {}]) {
      await expect(app.admin.audit.export({ after } as never)).rejects.toMatchObject({
        problems: [{ field: 'after' }],
      })
    }
  })
})

test('rows from before their index by time keep it: the latest time so far, also where the clock went back', () => {
  const client = openClient(':memory:')
  const tag = migrations.findIndex((migration) => migration.tag.endsWith('_audit_since'))
  migrate(client, migrations.slice(0, tag))
  for (const [seq, at] of [5, 9, 7, 10].entries()) {
    client
      .prepare(
        "insert into audit_entries values (?, ?, 'operator', 'kim', 'folder', 'a.b', 's', null, null, null, 'x', 'y')",
      )
      .run(seq + 1, at)
  }
  migrate(client, migrations.slice(0, tag + 1))
  expect(client.prepare('select latest_at from audit_entries order by seq').pluck().all()).toEqual([
    5, 9, 9, 10,
  ])
})
