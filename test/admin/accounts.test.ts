import { describe, expect, test } from 'bun:test'
import { createAccountStore } from '../../src/accounts/store.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { portalApp } from '../helpers/portal-app.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { testApp } from '../helpers/test-app.ts'

describe('accounts update', () => {
  test('changes the name and the e-mail, takes an e-mail away, and leaves what is not named', async () => {
    const { app, account } = await portalApp()
    const { id } = account
    const named = await app.admin.accounts.update({ id, name: 'Acme Inc', email: 'ops@acme.example' })
    expect(named).toMatchObject({ name: 'Acme Inc', email: 'ops@acme.example', tier: 'enterprise' })
    const without = await app.admin.accounts.update({ id, email: 'none' })
    expect(without).toMatchObject({ name: 'Acme Inc', email: null })
  })

  test.each<[string, object]>([
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(1000) }],
    ['name', { name: { first: 'Acme' } }],
    ['name', { name: null }],
    ['email', { email: 'nobody' }],
    ['email', { email: '' }],
    ['email', { email: { to: 'a@b' } }],
  ])('refuses as its %s: %p', async (field, change) => {
    const { app, account } = await portalApp()
    await expect(app.admin.accounts.update({ id: account.id, ...change } as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
    expect(await app.admin.accounts.list()).toMatchObject([{ name: 'Acme', email: null }])
  })
})

describe('accounts debit', () => {
  test('takes what the account may spend, and nothing of what is held for its tasks', async () => {
    const { app, account, postTask, developer } = await portalApp()
    const { id } = account
    await postTask()
    await expect(app.admin.accounts.debit({ id, cents: 45_001 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
      message: 'the account has a balance of 45000 cents only',
    })
    expect(await app.admin.accounts.debit({ id, cents: 45_000 })).toMatchObject({ balanceCents: 0 })
    expect((await developer('GET /account')).json.balance_cents).toBe(0)
    expect(app.ledger.total()).toBe(0)
  })

  test.each([0, -1, 0.5, Number.NaN, 1e9 + 1, '5', null, {}])('refuses %p cents', async (cents) => {
    const { app, account } = await portalApp()
    await expect(app.admin.accounts.debit({ id: account.id, cents } as never)).rejects.toMatchObject({
      problems: [{ field: 'cents' }],
    })
  })
})

describe('accounts delete', () => {
  test('takes keys and money only where that is said, and refuses the keys from the next request on', async () => {
    const { app, account, developer } = await portalApp()
    const { id } = account
    expect((await developer('GET /account')).status).toBe(200)
    for (const withAll of [undefined, false, 'yes'] as boolean[]) {
      await expect(app.admin.accounts.delete({ id, withAll })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: 'the account has 1 live keys and 50000 cents; --yes deletes them too',
      })
    }
    expect((await developer('GET /account')).status).toBe(200)
    expect(await app.admin.accounts.delete({ id, withAll: true })).toMatchObject({ id, name: 'Acme' })
    expect((await developer('GET /account')).json.error.code).toBe('INVALID_API_KEY')
    await expect(app.admin.accounts.show({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await app.admin.keys.list({ all: true })).toEqual([])
    expect([app.ledger.balance(id), app.ledger.total()]).toEqual([0, 0])
    await app.keys.storeUsage()
    expect(app.isReady()).toBe(true)
  })

  test('needs no word for an account that has nothing', async () => {
    const { app } = await portalApp()
    const { id } = await app.admin.accounts.create({ name: 'Empty' })
    await app.admin.accounts.delete({ id })
    expect(await app.admin.accounts.list()).toMatchObject([{ name: 'Acme' }])
  })

  test('leaves an account with tasks, or a webhook, as it is, and says why', async () => {
    const { app, account, developer, postTask } = await portalApp()
    const { id } = account
    await developer('PUT /account/webhook', { url: 'https://example.com/hook' })
    const before = await app.admin.accounts.show({ id })
    await expect(app.admin.accounts.delete({ id, withAll: true })).rejects.toThrow(/webhooks, which are kept/)
    expect(await app.admin.accounts.show({ id })).toEqual(before)
    await postTask()
    await expect(app.admin.accounts.delete({ id, withAll: true })).rejects.toThrow(
      /0 workflows and 1 tasks, which are kept/,
    )
    expect(await app.admin.accounts.show({ id })).toMatchObject({ liveKeys: 1, tasks: 1, workflows: 0 })
    expect((await developer('GET /account')).status).toBe(200)
  })
})

describe('accounts list', () => {
  test('gives a page where one is asked for, in the order of the whole list, to the end and no further', async () => {
    const { app, db } = testApp()
    const insert = db.$client.prepare(
      "insert into accounts (id, name, tier, status, created_at, updated_at) values (?, ?, 'free', 'active', ?, 0)",
    )
    // Some of the same time, and more than are looked through in one turn.
    for (let i = 0; i < 1203; i++) insert.run(`id-${i % 7}-${i}`, `Account ${i}`, Math.floor(i / 3))
    const all = await app.admin.accounts.list()
    const paged = [] as typeof all
    for (;;) {
      const page = await app.admin.accounts.list({ limit: 400, after: paged.at(-1)?.id })
      paged.push(...page)
      if (page.length < 400) break
    }
    expect(paged.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(await app.admin.accounts.list({ limit: 1, search: 'account 0' })).toMatchObject([{ id: 'id-0-0' }])
    const plans = queryPlans(db, () => createAccountStore(db).page(10, undefined))
    expect(plans.flatMap(({ steps }) => steps)).toEqual(['SCAN accounts USING INDEX accounts_listing'])
  })

  test('lets requests be served between parts of the list, also where no page is asked for', async () => {
    const { app, db } = testApp()
    const insert = db.$client.prepare(
      "insert into accounts (id, name, tier, status, created_at, updated_at) values (?, 'A', 'free', 'active', 1, 0)",
    )
    for (let i = 0; i < 1203; i++) insert.run(`id-${i}`)
    let [turns, isOver] = [0, false]
    const listed = app.admin.accounts.list().finally(() => {
      isOver = true
    })
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
    }
    expect(await listed).toHaveLength(1203)
    // 3 parts that are read, 7 of which the balances are.
    expect(turns).toBeGreaterThanOrEqual(7)
  })

  test('finds an account by a part of its name or e-mail and by the beginning of its id, capitals or not', async () => {
    const { app } = testApp()
    const { admin } = app
    const { id } = await admin.accounts.create({ name: 'Ärzte Nord', email: 'Ops@Nord.example' })
    await admin.accounts.create({ name: 'Other' })
    for (const search of ['ÄRZTE', 'zte n', 'ops@NORD', ` ${id.slice(0, 34).toUpperCase()} `]) {
      expect((await admin.accounts.list({ search })).map((account) => account.id)).toEqual([id])
    }
    for (const search of ['%', '_', '*', id.slice(1), 'nord.example.com']) {
      expect(await admin.accounts.list({ search })).toEqual([])
    }
  })

  test.each<[string, object]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: 501 }],
    ['limit', { limit: '5' }],
    ['limit', { limit: null }],
    ['after', { after: {} }],
    ['search', { search: ['a'] }],
    ['search', { search: 'x'.repeat(256) }],
    ['search', { search: null }],
  ])('refuses as its %s: %p', async (field, input) => {
    const { app } = testApp()
    await expect(app.admin.accounts.list(input as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
  })

  test('refuses to go on after an account that is not there', async () => {
    const { app } = testApp()
    await expect(app.admin.accounts.list({ after: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the quotas of an account', () => {
  /** The billing month that began on 1 November, looked at on the 11th. */
  async function withTasks(made: readonly (readonly [day: number, tasks: number])[], change: object = {}) {
    const { app, db, clock } = testApp({ clock: manualClock(Date.UTC(2026, 10, 11)) })
    const { id } = await app.admin.accounts.create({ name: 'Acme', tier: 'free' })
    await app.admin.accounts.update({ id, ...change })
    const add = db.$client.prepare(
      "insert into task_counts (account_id, environment, month_start, day, tasks) values (?, 'live', ?, ?, ?)",
    )
    const monthStart = Date.UTC(2026, 10, 1)
    for (const [day, tasks] of made) add.run(id, monthStart, monthStart / 86_400_000 + day - 1, tasks)
    return { app, id, clock, quotas: (await app.admin.accounts.show({ id })).quotas }
  }

  test('tell what is used of the month in each environment, and when it is used up at this rate', async () => {
    const { quotas } = await withTasks([
      [1, 10],
      [5, 10],
    ])
    const month = {
      from: 'tier free',
      limit: 50,
      periodStart: '2026-11-01T00:00:00.000Z',
      periodEnd: '2026-12-01T00:00:00.000Z',
    }
    // Twenty in ten days are fifty in twenty-five.
    expect(quotas).toEqual([
      { ...month, environment: 'live', used: 20, usedUpOn: '2026-11-26' },
      { ...month, environment: 'test', used: 0, usedUpOn: null },
    ])
  })

  test.each<[string | null, string, [number, number][], object]>([
    [null, 'at a rate that the month outlasts', [[3, 16]], {}],
    [null, 'without a limit', [[3, 49]], { tasksPerMonth: 'unlimited' }],
    [null, 'of no tasks at all, and none used', [], { tasksPerMonth: 0 }],
    [
      '2026-11-07',
      'that was used up on an earlier day',
      [
        [2, 49],
        [7, 1],
      ],
      {},
    ],
    [
      '2026-11-02',
      'that is smaller than what was used',
      [
        [2, 49],
        [7, 1],
      ],
      { tasksPerMonth: 10 },
    ],
  ])('say %p of a quota %s', async (day, _, made, change) => {
    const { quotas } = await withTasks(made, change)
    expect(quotas[0]?.usedUpOn).toBe(day)
  })

  test('take the first day of a month for a whole one', async () => {
    const { app, id, clock } = await withTasks([[1, 1]])
    clock.stepWall(Date.UTC(2026, 10, 1, 0, 1) - clock.now())
    expect((await app.admin.accounts.show({ id })).quotas[0]).toMatchObject({ used: 1, usedUpOn: null })
  })
})
