import { describe, expect, test } from 'bun:test'
import { createOversightStore } from '../../src/workfunder/webhooks/oversight-store.ts'
import { portalApp, TASK } from '../helpers/portal-app.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { served } from '../helpers/served.ts'
import { testDatabase } from '../helpers/test-database.ts'

/** A Keyward whose account has a webhook; how its receiver answers can be changed. */
async function told() {
  const keyward = await portalApp()
  const receiver = { status: 200, bodies: [] as string[] }
  const { port } = served(({ body }) => {
    receiver.bodies.push(body)
    return new Response('answer-of-the-receiver', { status: receiver.status })
  })
  const { json } = await keyward.developer('PUT /account/webhook', {
    url: `http://127.0.0.1:${port}/hidden-path?token=hidden`,
  })
  const sent = () => keyward.app.webhooks.deliverDue()
  return {
    ...keyward,
    receiver,
    sent,
    origin: `http://127.0.0.1:${port}`,
    secret: json.webhook_secret as string,
  }
}

describe('deliveries list', () => {
  test('gives those of all accounts, the last that happened first, or those that are asked for', async () => {
    const { app, account, developer, workfunder, workfunderKey, origin, receiver, sent } = await told()
    const { id: first } = (await developer('POST /tasks', { ...TASK, title: 'First' })).json
    await sent()
    receiver.status = 500
    const { id: second } = (await developer('POST /tasks', { ...TASK, title: 'Second' })).json
    await sent()
    const other = await app.admin.accounts.create({ name: 'Other', tier: 'enterprise' })
    const bearer = await workfunderKey('test', other.id)
    await workfunder('PUT /account/webhook', { bearer, json: { url: `${origin}/` } })
    const { id: third } = (await workfunder('POST /tasks', { bearer, json: TASK })).json

    const all = await app.admin.deliveries.list({ limit: 1000 })
    const created = all.filter(({ event }) => event === 'task.created')
    expect(created.map(({ taskId }) => taskId)).toEqual([third, second, first])
    expect(created[1]).toMatchObject({
      accountId: account.id,
      environment: 'live',
      url: `${origin}/…`,
      status: 'pending',
      attempts: 1,
      lastStatus: 500,
      lastError: 'the receiver answered 500',
      nextAttemptAt: expect.any(String),
    })
    expect(created[2]).toMatchObject({
      status: 'delivered',
      lastStatus: 200,
      lastError: null,
      nextAttemptAt: null,
    })
    expect(created[0]).toMatchObject({ url: `${origin}/`, attempts: 0, lastStatus: null, lastError: null })

    const tasks = async (input: object) =>
      (await app.admin.deliveries.list(input)).map(({ taskId }) => taskId)
    expect(new Set(await tasks({ accountId: account.id }))).toEqual(new Set([second, first]))
    expect(await tasks({ taskId: first })).toEqual([first])
    expect(await tasks({ taskId: first, accountId: other.id })).toEqual([])
    expect(await tasks({ status: 'delivered' })).toEqual([first])
    expect(await tasks({ accountId: account.id, status: 'delivered' })).toEqual([first])
    expect(await tasks({ status: 'failed' })).toEqual([])
    const mine = await app.admin.deliveries.list({ accountId: account.id })
    expect(await tasks({ accountId: account.id, after: mine[0]?.id })).toEqual(
      mine.slice(1).map(({ taskId }) => taskId),
    )
    expect(await tasks({ after: all[0]?.id, limit: 1 })).toEqual([all[1]?.taskId ?? ''])
  })

  test('finds the one of its status behind 12,000 others, of all accounts and of its own', async () => {
    const { app, db, account, developer, sent } = await told()
    const { id } = (await developer('POST /tasks', TASK)).json
    await sent()
    db.$client.exec(`
      insert into webhook_deliveries (id, account_id, environment, task_id, event, data, occurred_at, status, attempts)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 12000)
        select 'copy ' || i, account_id, environment, 'none', event, data, occurred_at, 'failed', 7
        from webhook_deliveries, n where task_id = '${id}';`)
    const { list } = app.admin.deliveries
    for (const accountId of [undefined, account.id]) {
      expect(await list({ accountId, status: 'delivered' })).toMatchObject([{ taskId: id }])
      const page = await list({ accountId, status: 'failed', limit: 1000 })
      const next = await list({ accountId, status: 'failed', limit: 1000, after: page.at(-1)?.id })
      expect(new Set([...page, ...next].map(({ id: one }) => one)).size).toBe(2000)
    }
  })

  test('reads by a rowid or by an index, and sorts nothing', () => {
    const db = testDatabase()
    const stepsOf = (search: object) => {
      const ask = () =>
        createOversightStore(db).list({ after: 10_000, status: 'failed', limit: 5, ...search })
      return queryPlans(db, ask).flatMap(({ steps }) => steps)
    }
    const search = 'SEARCH webhook_deliveries USING'
    expect(stepsOf({})).toEqual([`${search} INTEGER PRIMARY KEY (rowid>? AND rowid<?)`])
    expect(stepsOf({ taskId: 't' })).toEqual([
      `${search} INDEX webhook_deliveries_task (task_id=? AND seq<?)`,
    ])
    const index = 'INDEX webhook_deliveries_account (account_id=? AND environment=? AND seq<?)'
    expect(stepsOf({ accountId: 'a' })).toEqual([`${search} COVERING ${index}`, `${search} ${index}`])
    expect(queryPlans(db, () => createOversightStore(db).attemptsOf(1, 5))[0]?.steps).toEqual([
      'SEARCH webhook_attempts USING INDEX webhook_attempts_delivery (delivery_seq=?)',
    ])
  })

  test.each<[string, object]>([
    ['accountId', { accountId: {} }],
    ['taskId', { taskId: 1 }],
    ['status', { status: 'sent' }],
    ['limit', { limit: 0 }],
    ['after', { after: {} }],
    ['after', { after: 'no such delivery' }],
  ])('refuses as its %s: %p', async (field, input) => {
    const { app } = await portalApp()
    await expect(app.admin.deliveries.list(input)).rejects.toMatchObject({ problems: [{ field }] })
  })
})

describe('deliveries show', () => {
  test('tells what was sent and how each attempt went, and nothing that signs or finds the receiver', async () => {
    const { app, developer, receiver, sent, secret } = await told()
    receiver.status = 500
    const { id: taskId } = (await developer('POST /tasks', TASK)).json
    await sent()
    const [{ id } = { id: '' }] = await app.admin.deliveries.list({ taskId })
    const shown = await app.admin.deliveries.show({ id })
    expect(shown).toMatchObject({
      id,
      event: 'task.created',
      status: 'pending',
      attempts: 1,
      attemptList: [{ attemptNumber: 1, status: 500, error: 'the receiver answered 500' }],
      data: { cut: false },
    })
    expect(JSON.parse(shown.data.json)).toMatchObject({ id: taskId, title: TASK.title })
    expect(secret).toStartWith('whsec_')
    expect(JSON.stringify(shown)).not.toMatch(/whsec_|hidden|secret-42|answer-of-the-receiver|Broadway/)
  })

  test('tells the last 100 attempts of very many', async () => {
    const { app, db, developer, sent } = await told()
    const { id: taskId } = (await developer('POST /tasks', TASK)).json
    await sent()
    const [{ id } = { id: '' }] = await app.admin.deliveries.list({ taskId })
    db.$client.exec(`
      insert into webhook_attempts (delivery_seq, attempt_number, at, duration_ms, response_status)
        with recursive n (i) as (select 2 union all select i + 1 from n where i < 300)
        select delivery_seq, i, at, 1, 200 from webhook_attempts, n`)
    const { attemptList } = await app.admin.deliveries.show({ id })
    expect([attemptList.length, attemptList[0]?.attemptNumber, attemptList.at(-1)?.attemptNumber]).toEqual([
      ...[100, 201, 300],
    ])
  })
})

describe('deliveries redeliver', () => {
  test('sends again what was delivered, and is one row of the audit trail', async () => {
    const { app, account, developer, receiver, sent } = await told()
    const { id: taskId } = (await developer('POST /tasks', TASK)).json
    await sent()
    const [{ id } = { id: '' }] = await app.admin.deliveries.list({ taskId })
    expect(receiver.bodies).toHaveLength(1)
    expect(await app.admin.deliveries.redeliver({ id })).toMatchObject({ id, status: 'pending', attempts: 1 })
    await sent()
    expect(receiver.bodies).toHaveLength(2)
    expect(await app.admin.deliveries.list({ taskId })).toMatchObject([{ status: 'delivered', attempts: 2 }])
    const [row] = await app.admin.audit.list({ limit: 1 })
    expect(row).toMatchObject({
      action: 'deliveries.redeliver',
      subject: id,
      accountId: account.id,
      before: { event: 'task.created', taskId, status: 'delivered' },
      after: { status: 'pending' },
    })
  })

  test('does nothing where it cannot be recorded', async () => {
    const { app, db, developer, sent } = await told()
    const { id: taskId } = (await developer('POST /tasks', TASK)).json
    await sent()
    const [{ id } = { id: '' }] = await app.admin.deliveries.list({ taskId })
    db.$client.exec(
      "create trigger no before insert on audit_entries begin select raise(abort, 'no row'); end",
    )
    await expect(app.admin.deliveries.redeliver({ id })).rejects.toThrow('no row')
    expect(await app.admin.deliveries.list({ taskId })).toMatchObject([{ status: 'delivered' }])
  })

  test.each(['show', 'redeliver'] as const)('%s refuses a delivery that is not there', async (name) => {
    const { app } = await portalApp()
    await expect(app.admin.deliveries[name]({ id: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(app.admin.deliveries[name]({ id: {} as never })).rejects.toMatchObject({
      problems: [{ field: 'id' }],
    })
  })
})
