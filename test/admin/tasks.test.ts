import { describe, expect, test } from 'bun:test'
import { createOversightStore } from '../../src/workfunder/tasks/oversight-store.ts'
import { JPEG, portalApp, proofForm, TASK } from '../helpers/portal-app.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { testDatabase } from '../helpers/test-database.ts'

type Portal = Awaited<ReturnType<typeof portalApp>>

/** @returns the id of a live task whose proof the developer disputes. */
async function disputed({ startTask, portal, developer }: Portal): Promise<string> {
  const id = await startTask({ title: 'Disputed' })
  await portal(`POST /tasks/${id}/proof`, { body: proofForm() })
  await developer(`POST /tasks/${id}/dispute`, { reason: 'wrong store' })
  return id
}

/** Keyward with tasks of two accounts, in both environments. */
async function tasksOfTwo() {
  const keyward = await portalApp()
  const other = await keyward.app.admin.accounts.create({ name: 'Other', tier: 'enterprise' })
  const test = await keyward.workfunderKey('test', other.id)
  const open = await keyward.postTask({ title: 'Open' })
  keyward.clock.advance(1)
  const stuck = await disputed(keyward)
  await keyward.workfunder('POST /tasks', { bearer: test, json: { ...TASK, title: 'Sandbox' } })
  return { ...keyward, other, open, stuck }
}

const titles = (tasks: readonly { title: string }[]) => tasks.map(({ title }) => title)

describe('tasks list', () => {
  test('gives those of all accounts, the last made first, or those that are asked for', async () => {
    const { app, account, other } = await tasksOfTwo()
    const { list } = app.admin.tasks
    expect(titles(await list({}))).toEqual(['Sandbox', 'Disputed', 'Open'])
    expect(titles(await list({ limit: 2 }))).toEqual(['Sandbox', 'Disputed'])
    expect(titles(await list({ accountId: account.id }))).toEqual(['Disputed', 'Open'])
    expect(titles(await list({ accountId: account.id, limit: 1 }))).toHaveLength(1)
    expect(titles(await list({ status: 'disputed' }))).toEqual(['Disputed'])
    expect(titles(await list({ accountId: account.id, status: 'posted' }))).toEqual(['Open'])
    expect(titles(await list({ environment: 'test' }))).toEqual(['Sandbox'])
    expect(titles(await list({ accountId: other.id, environment: 'live' }))).toEqual([])
    const [, disputed, last] = await list({})
    expect(titles(await list({ after: disputed?.id }))).toEqual(['Open'])
    expect(titles(await list({ after: last?.id }))).toEqual([])
    expect(titles(await list({ accountId: account.id, after: disputed?.id }))).toEqual(['Open'])
    expect(titles(await list({ search: ' sPU' }))).toEqual(['Disputed'])
    expect(titles(await list({ accountId: account.id, search: 'PEN' }))).toEqual(['Open'])
    expect(titles(await list({ accountId: other.id, search: 'pen' }))).toEqual([])
    expect(titles(await list({ search: disputed?.id.slice(0, 12) }))).toEqual(['Disputed'])
  })

  test('finds the one task of its kind behind 12,000 others', async () => {
    const { app, db, account, open } = await tasksOfTwo()
    db.$client.exec(`
      create temp table copies as
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 12000)
        select tasks.* from tasks, n where tasks.id = '${open}';
      update copies set id = 'copy ' || rowid, status = 'refunded';
      insert into tasks select * from copies;`)
    expect(titles(await app.admin.tasks.list({ status: 'posted' }))).toEqual(['Open'])
    db.$client.exec("update tasks set title = 'Copy' where id like 'copy %'")
    for (const accountId of [undefined, account.id]) {
      const search = { accountId, search: 'open' }
      expect(titles(await app.admin.tasks.list(search))).toEqual(['Open'])
    }
    const page = await app.admin.tasks.list({ accountId: account.id, limit: 1000 })
    const next = await app.admin.tasks.list({ accountId: account.id, limit: 1000, after: page.at(-1)?.id })
    expect(new Set([...page, ...next].map(({ id }) => id)).size).toBe(2000)
    expect(await app.admin.tasks.list({ status: 'refunded', limit: 1000 })).toHaveLength(1000)
  })

  test('reads by a rowid or by the account’s indexes, and sorts nothing', () => {
    const db = testDatabase()
    const after = { createdAt: 1, id: 't', rowid: 10_000 }
    const stepsOf = (search: object) => {
      const ask = () => createOversightStore(db).tasks({ after, search: 'x', limit: 5, ...search })
      return queryPlans(db, ask).flatMap(({ steps }) => steps)
    }
    const search = 'SEARCH tasks USING'
    const byRowid = [`${search} INTEGER PRIMARY KEY (rowid>? AND rowid<?)`]
    expect(stepsOf({})).toEqual(byRowid)
    expect(stepsOf({ environment: 'live', status: 'posted' })).toEqual(byRowid)
    const index = (name: string, more = '') =>
      `INDEX ${name} (account_id=? AND environment=?${more} AND (created_at,id)<(?,?))`
    const one = { accountId: 'a', environment: 'test' }
    expect(stepsOf(one)).toEqual([
      `${search} COVERING ${index('tasks_listing')}`,
      `${search} ${index('tasks_listing')}`,
    ])
    const ofStatus = index('tasks_of_status', ' AND status=?')
    expect(stepsOf({ ...one, status: 'posted' })).toEqual([
      `${search} COVERING ${ofStatus}`,
      `${search} ${ofStatus}`,
    ])
  })

  test.each<[string, object]>([
    ['status', { status: 'done' }],
    ['status', { status: {} }],
    ['environment', { environment: 'staging' }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 1001 }],
    ['limit', { limit: '5' }],
    ['accountId', { accountId: {} }],
    ['search', { search: {} }],
    ['after', { after: 7 }],
    ['after', { after: 'no such task' }],
  ])('refuses as its %s: %p', async (field, input) => {
    const { app } = await portalApp()
    await expect(app.admin.tasks.list(input as never)).rejects.toMatchObject({ problems: [{ field }] })
  })
})

describe('tasks show', () => {
  test('tells what happened to a task, where its money is, and nobody’s home or notes', async () => {
    const { app, ada, stuck } = await tasksOfTwo()
    const shown = await app.admin.tasks.show({ taskId: stuck })
    expect(shown).toMatchObject({
      id: stuck,
      status: 'disputed',
      budgetCents: 5000,
      escrowCents: 5000,
      workerId: ada.id,
      proofs: [{ attemptNumber: 1, status: 'pending', geoValid: true }],
      dispute: { openedBy: 'developer', reason: 'wrong store', resolvedAt: null },
    })
    expect(shown.moves.map(({ to, actor }) => `${to} by ${actor}`)).toEqual([
      ...['pending by developer', 'funded by developer', 'posted by system', 'assigned by worker'],
      ...['in_progress by worker', 'proof_submitted by worker', 'disputed by developer'],
    ])
    expect(JSON.stringify(shown)).not.toMatch(/secret-42|Broadway|latitude/i)
  })

  test('gives a proof’s picture as the API does, and to nobody for longer than an hour', async () => {
    const { app, clock, url, stuck } = await tasksOfTwo()
    const { proofs } = await app.admin.tasks.show({ taskId: stuck })
    const [file] = proofs[0]?.files ?? []
    expect(file).toMatchObject({ type: 'image/jpeg' })
    expect(file?.url).toStartWith(`${url}/proofs/signed/${file?.name}?`)
    const picture = await fetch(file?.url ?? '')
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(JPEG)
    clock.advance(3_600_000)
    expect((await fetch(file?.url ?? '')).status).toBe(404)
  })

  test('tells each move of its money, and the deliveries of its webhooks', async () => {
    const keyward = await portalApp()
    const { app, developer, startTask, portal } = keyward
    await developer('PUT /account/webhook', { url: 'http://127.0.0.1:9/hidden', events: ['task.completed'] })
    const taskId = await startTask()
    await portal(`POST /tasks/${taskId}/proof`, { body: proofForm() })
    const [proof] = (await app.admin.tasks.show({ taskId })).proofs
    await developer(`POST /tasks/${taskId}/proofs/${proof?.id}/approve`)
    const shown = await app.admin.tasks.show({ taskId })
    const { platformFeeCents, workerPayoutCents } = shown
    const at = '2026-11-21T09:00:00.000Z'
    expect(shown.ledger).toEqual([
      { at, kind: 'fund', cents: 5000, from: 'balance', to: 'escrow' },
      { at, kind: 'payout', cents: workerPayoutCents, from: 'escrow', to: 'worker' },
      { at, kind: 'payout', cents: platformFeeCents, from: 'escrow', to: 'platform' },
    ])
    expect(shown.deliveries).toMatchObject([
      { event: 'task.completed', url: 'http://127.0.0.1:9/…', status: 'pending', attempts: 0, createdAt: at },
    ])
    expect(JSON.stringify(shown)).not.toMatch(/hidden|whsec_/)
  })

  test('refuses a task that is not there', async () => {
    const { app } = await portalApp()
    await expect(app.admin.tasks.show({ taskId: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('disputes', () => {
  test('are listed with their tasks until they are decided, and with --all after that', async () => {
    const { app, account, stuck } = await tasksOfTwo()
    const { list, show, resolve } = app.admin.disputes
    expect(await list({})).toMatchObject([
      { taskId: stuck, reason: 'wrong store', task: { title: 'Disputed', accountId: account.id } },
    ])
    expect(await show({ taskId: stuck })).toMatchObject({
      disputedStatus: 'proof_submitted',
      task: { id: stuck, escrowCents: 5000, proofs: [{}] },
    })
    await resolve({ taskId: stuck, inFavourOf: 'worker' })
    expect(await list({})).toEqual([])
    expect(await list({ all: true })).toMatchObject([{ resolvedAt: '2026-11-21T09:00:00.001Z' }])
    expect(await show({ taskId: stuck })).toMatchObject({ task: { status: 'completed', escrowCents: 0 } })
  })

  test('of a task that nobody disputes are not found', async () => {
    const { app, open } = await tasksOfTwo()
    await expect(app.admin.disputes.show({ taskId: open })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'Dispute not found',
    })
  })
})
