import { describe, expect, test } from 'bun:test'
import type { Admin } from '../../src/admin/admin.ts'
import { createOversightStore } from '../../src/workflows/definitions/oversight-store.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { testDatabase } from '../helpers/test-database.ts'
import { type LooseStep, workflowApp } from '../helpers/workflow-app.ts'

const SUM: LooseStep = { id: 'sum', type: 'transform', config: { mapping: { n: '{{secrets.TOKEN}}' } } }

const byName = (workflows: readonly { name: string }[]) => workflows.map(({ name }) => name)

const NO_ROW = "create trigger no before insert on audit_entries begin select raise(abort, 'no row'); end"

/** Workflows Alpha and Beta (archived) of one account, and Gamma of another, made in this order. */
async function three() {
  const keyward = await workflowApp()
  const { app, api, clock, workflow } = keyward
  const [account] = await app.admin.accounts.list()
  const alpha = await workflow([SUM, { ...SUM, id: 'more' }], { name: 'Alpha', description: 'Adds' })
  clock.advance(1)
  const beta = await workflow([SUM], { name: 'Beta' })
  await api(`DELETE /workflows/${beta}`)
  clock.advance(1)
  const other = await app.admin.accounts.create({ name: 'Other' })
  const key = await keyward.workflowsKey(undefined, other.id)
  const trigger = { type: 'schedule', cron: '0 9 * * *' }
  const made = await keyward.workflows('POST /workflows', {
    key,
    json: { name: 'Gamma', trigger, steps: [] },
  })
  return { ...keyward, account: account?.id ?? '', other, alpha, beta, gamma: made.json.data.id as string }
}

describe('workflows list', () => {
  test('gives those of all accounts, the last made first, or those that are asked for', async () => {
    const { app, account, other, alpha, gamma } = await three()
    const names = async (input: Parameters<Admin['workflows']['list']>[0]) =>
      byName(await app.admin.workflows.list(input))
    expect(await names({})).toEqual(['Gamma', 'Alpha'])
    expect(await names({ limit: 1 })).toEqual(['Gamma'])
    expect(await names({ after: gamma })).toEqual(['Alpha'])
    expect(await names({ after: alpha })).toEqual([])
    expect(await names({ status: 'archived' })).toEqual(['Beta'])
    expect(await names({ accountId: account })).toEqual(['Alpha'])
    expect(await names({ accountId: account, after: alpha })).toEqual([])
    expect(await names({ accountId: account, status: 'archived', search: 'ET' })).toEqual(['Beta'])
    expect(await names({ accountId: other.id, status: 'draft' })).toEqual(['Gamma'])
    expect(await names({ search: ' aM' })).toEqual(['Gamma'])
    expect(await names({ search: '%' })).toEqual([])
    expect(await names({ search: '  ' })).toEqual(['Gamma', 'Alpha'])
  })

  test('tells of each whose it is, how it starts, how many steps it has, and its last run', async () => {
    const { app, account, other, alpha, gamma, start } = await three()
    await start(alpha).catch(() => undefined)
    await app.admin.runs.list({})
    const [second, first] = await app.admin.workflows.list({})
    expect(second).toEqual({
      id: gamma,
      accountId: other.id,
      accountName: 'Other',
      name: 'Gamma',
      status: 'draft',
      version: 1,
      triggerType: 'schedule',
      steps: 0,
      createdAt: '2026-11-21T09:00:00.002Z',
      updatedAt: '2026-11-21T09:00:00.002Z',
      lastRun: null,
    })
    expect(first).toMatchObject({
      id: alpha,
      accountId: account,
      status: 'active',
      triggerType: 'api',
      steps: 2,
    })
  })

  test('finds the one of its name behind 12,000 others, of all accounts and of its own', async () => {
    const { app, db, account, alpha } = await three()
    db.$client.exec(`
      create temp table copies as
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 12000)
        select workflows.* from workflows, n where workflows.id = '${alpha}';
      update copies set id = 'copy ' || rowid, name = 'Copy', created_at = created_at + rowid;
      insert into workflows select * from copies;`)
    const { list } = app.admin.workflows
    expect(byName(await list({ search: 'alph' }))).toEqual(['Alpha'])
    expect(byName(await list({ search: 'alph', accountId: account }))).toEqual(['Alpha'])
    const page = await list({ accountId: account, limit: 500 })
    const next = await list({ accountId: account, limit: 500, after: page.at(-1)?.id })
    expect(new Set([...page, ...next].map(({ id }) => id)).size).toBe(1000)
  })

  test.each<[string, object]>([
    ['accountId', { accountId: {} }],
    ['status', { status: 'done' }],
    ['search', { search: 5 }],
    ['search', { search: 'x'.repeat(201) }],
    ['limit', { limit: 501 }],
    ['limit', { limit: '5' }],
    ['after', { after: {} }],
    ['after', { after: 'no such workflow' }],
  ])('refuses as its %s: %p', async (field, input) => {
    const { app } = await workflowApp()
    await expect(app.admin.workflows.list(input)).rejects.toMatchObject({ problems: [{ field }] })
  })

  test('reads by a rowid or by the account’s index, and sorts nothing', () => {
    const db = testDatabase()
    db.$client.exec(
      "insert into accounts (id, name, tier, status, billing_anchor_day, created_at, updated_at) values ('a', 'A', 'free', 'active', 1, 1, 1)",
    )
    db.$client.exec(
      "insert into workflows (id, account_id, name, status, version, versioned_at, created_at, updated_at, trigger, steps) values ('w', 'a', 'W', 'active', 1, 1, 1, 1, '{}', '[]')",
    )
    const after = { accountId: 'a', createdAt: 1, id: 'w', rowid: 10_000 }
    const stepsOf = (search: object) =>
      queryPlans(db, () =>
        createOversightStore(db).list({ after, search: 'x', limit: 5, ...search }),
      ).flatMap(({ steps }) => steps)
    expect(stepsOf({})).toEqual(['SEARCH workflows USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'])
    const index = 'INDEX workflows_listing (account_id=? AND (created_at,id)<(?,?))'
    expect(stepsOf({ accountId: 'a' })).toEqual([
      `SEARCH workflows USING COVERING ${index}`,
      `SEARCH workflows USING ${index}`,
    ])
  })
})

describe('workflows show', () => {
  test('gives the definition and the graph of what runs, and no secret', async () => {
    const { app, api, alpha } = await three()
    await api(`POST /workflows/${alpha}/secrets`, { key: 'TOKEN', value: 'hunter-hunter-2' })
    const shown = await app.admin.workflows.show({ id: alpha })
    expect(shown).toMatchObject({
      id: alpha,
      accountName: 'default',
      description: 'Adds',
      steps: 2,
      lastRun: null,
      definition: { trigger: { type: 'api' }, steps: [SUM, { id: 'more' }], canvasState: null },
      graph: {
        nodes: [{ id: 'sum', parent: null }, { id: 'more' }],
        edges: [{ from: 'sum', to: 'more', label: null }],
      },
    })
    expect(JSON.stringify(shown)).not.toContain('hunter')
  })

  test('tells the last run of it', async () => {
    const { app, workflow, start, clock } = await workflowApp()
    const id = await workflow([])
    await start(id)
    clock.advance(1000)
    const last = await start(id)
    const { lastRun } = await app.admin.workflows.show({ id })
    expect(lastRun).toMatchObject({ id: last, createdAt: '2026-11-21T09:00:01.000Z' })
  })
})

describe('workflows activate and pause', () => {
  test('decide whether runs start, and leave one row each in the audit trail', async () => {
    const { app, api, account, alpha } = await three()
    const { pause, activate } = app.admin.workflows
    expect(await pause({ id: alpha })).toMatchObject({ id: alpha, status: 'paused' })
    expect((await api(`POST /workflows/${alpha}/run`)).status).toBe(409)
    await pause({ id: alpha })
    expect(await activate({ id: alpha })).toMatchObject({ status: 'active' })
    const row = { subject: alpha, accountId: account, actor: { kind: 'operator' } }
    const [active, paused] = [
      { name: 'Alpha', status: 'active' },
      { name: 'Alpha', status: 'paused' },
    ]
    const changes = await app.admin.audit.list({})
    expect(changes.filter(({ action }) => action.startsWith('workflows.'))).toMatchObject([
      { ...row, action: 'workflows.activate', before: paused, after: active },
      { ...row, action: 'workflows.pause', before: active, after: paused },
    ])
  })

  test('change nothing where that cannot be recorded, also not when its schedule starts the next run', async () => {
    const { app, db, gamma } = await three()
    db.$client.exec(NO_ROW)
    await expect(app.admin.workflows.activate({ id: gamma })).rejects.toThrow('no row')
    expect(await app.admin.workflows.show({ id: gamma })).toMatchObject({ status: 'draft' })
    expect(db.$client.prepare('select count(*) from schedules').pluck().get()).toBe(0)
  })

  test('refuse an archived one', async () => {
    const { app, beta } = await three()
    for (const change of [app.admin.workflows.pause, app.admin.workflows.activate]) {
      await expect(change({ id: beta })).rejects.toMatchObject({ code: 'CONFLICT' })
    }
  })

  test.each(['show', 'pause', 'activate'] as const)(
    '%s refuses a workflow that is not there',
    async (name) => {
      const { app } = await workflowApp()
      await expect(app.admin.workflows[name]({ id: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(app.admin.workflows[name]({ id: [] as never })).rejects.toMatchObject({
        problems: [{ field: 'id' }],
      })
    },
  )
})
