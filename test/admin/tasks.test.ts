import { describe, expect, test } from 'bun:test'
import { portalApp, proofForm, TASK } from '../helpers/portal-app.ts'

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
    expect(titles(await list({ accountId: 'nobody' }))).toEqual([])
  })

  test('finds the one task of its kind behind 12,000 others', async () => {
    const { app, db, open } = await tasksOfTwo()
    db.$client.exec(`
      create temp table copies as
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 12000)
        select tasks.* from tasks, n where tasks.id = '${open}';
      update copies set id = 'copy ' || rowid, status = 'refunded';
      insert into tasks select * from copies;`)
    expect(titles(await app.admin.tasks.list({ status: 'posted' }))).toEqual(['Open'])
    expect(await app.admin.tasks.list({ status: 'refunded', limit: 1000 })).toHaveLength(1000)
  })

  test.each<[string, object]>([
    ['status', { status: 'done' }],
    ['status', { status: {} }],
    ['environment', { environment: 'staging' }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 1001 }],
    ['limit', { limit: '5' }],
    ['accountId', { accountId: {} }],
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
