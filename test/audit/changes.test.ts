import { describe, expect, test } from 'bun:test'
import type { Admin } from '../../src/admin/admin.ts'
import type { Facts } from '../../src/audit/entry.ts'
import { createAuditTrail } from '../../src/audit/trail.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { portalApp, proofForm } from '../helpers/portal-app.ts'
import { testApp } from '../helpers/test-app.ts'
import { testDatabase } from '../helpers/test-database.ts'
import { workflowApp } from '../helpers/workflow-app.ts'

type Portal = Awaited<ReturnType<typeof portalApp>>

/** What a change by the operator is, in a Keyward with an account, two workers and a task. */
type Operation = {
  action: string
  /** Makes what is changed. @returns its id. */
  prepare: (portal: Portal) => Promise<string>
  /** @returns the id of what it made; nothing where it changes what was prepared. */
  run: (admin: Admin, id: string) => Promise<{ id: string } | object>
  /** Left out: it is of the account of the task. */
  isOfNoAccount?: true
  before: Facts | null
  after: Facts | null
}

async function disputed({ startTask, portal, developer }: Portal): Promise<string> {
  const id = await startTask()
  await portal(`POST /tasks/${id}/proof`, { body: proofForm() })
  await developer(`POST /tasks/${id}/dispute`, { reason: 'wrong store' })
  return id
}

const account = async (portal: Portal) => portal.account.id

const key = async ({ app, account }: Portal) =>
  (await app.admin.keys.create({ api: 'workflows', name: 'CI', accountId: account.id })).id

async function rotating(portal: Portal): Promise<string> {
  const id = await key(portal)
  await portal.app.admin.keys.rotate({ id, overlapMs: 60_000 })
  return id
}

const PREFIX = expect.stringMatching(/^wfk_\w{16}$/)

const UNTOUCHED = {
  email: null,
  status: 'active',
  requestsPerMinute: null,
  tasksPerMonth: null,
  billingAnchorDay: 1,
}

const CY = {
  firstName: 'Cy',
  lastName: 'Doe',
  city: 'New York',
  state: 'NY',
  latitude: 40.7580001,
  longitude: -73.9855001,
}

const OPERATIONS: Operation[] = [
  {
    action: 'keys.create',
    prepare: account,
    run: (admin, accountId) =>
      admin.keys.create({
        api: 'workfunder',
        environment: 'test',
        name: 'CI',
        accountId,
        lifetimeMs: 86_400_000,
      }),
    before: null,
    after: {
      api: 'workfunder',
      environment: 'test',
      name: 'CI',
      prefix: expect.stringMatching(/^wf_test_\w{12}$/),
      scopes: [],
      expiresAt: '2026-11-22T09:00:00.000Z',
    },
  },
  {
    action: 'keys.revoke',
    prepare: key,
    run: (admin, id) => admin.keys.revoke({ id }),
    before: { name: 'CI', revokedAt: null },
    after: { name: 'CI', revokedAt: '2026-11-21T09:00:00.000Z' },
  },
  {
    action: 'keys.rotate',
    prepare: key,
    run: (admin, id) => admin.keys.rotate({ id, overlapMs: 60_000 }),
    before: { prefix: PREFIX, previousPrefix: null, previousEndsAt: null, rotatedAt: null },
    after: {
      prefix: PREFIX,
      previousPrefix: PREFIX,
      rotatedAt: '2026-11-21T09:00:00.000Z',
      previousEndsAt: '2026-11-21T09:01:00.000Z',
    },
  },
  {
    action: 'keys.endOverlap',
    prepare: rotating,
    run: (admin, id) => admin.keys.endOverlap({ id }),
    before: { previousEndsAt: '2026-11-21T09:01:00.000Z' },
    after: { previousEndsAt: null },
  },
  {
    action: 'keys.undoRotation',
    prepare: rotating,
    async run(admin, id) {
      const rotated = (await admin.keys.list({})).find((each) => each.id === id)
      const before = { expiresAt: null, rotatedAt: null }
      return admin.keys.undoRotation({ id, prefix: rotated?.prefix ?? '', before })
    },
    before: {
      prefix: PREFIX,
      previousPrefix: PREFIX,
      rotatedAt: '2026-11-21T09:00:00.000Z',
      previousEndsAt: '2026-11-21T09:01:00.000Z',
    },
    after: { prefix: PREFIX, previousPrefix: null, previousEndsAt: null, rotatedAt: null },
  },
  {
    action: 'keys.disable',
    prepare: key,
    run: (admin, id) => admin.keys.disable({ id }),
    before: { disabledAt: null },
    after: { disabledAt: '2026-11-21T09:00:00.000Z' },
  },
  {
    action: 'keys.enable',
    async prepare(portal) {
      const id = await key(portal)
      await portal.app.admin.keys.disable({ id })
      return id
    },
    run: (admin, id) => admin.keys.enable({ id }),
    before: { disabledAt: '2026-11-21T09:00:00.000Z' },
    after: { disabledAt: null },
  },
  {
    action: 'keys.expire',
    prepare: key,
    run: (admin, id) => admin.keys.expire({ id }),
    before: { expiresAt: null },
    after: { expiresAt: '2026-11-21T09:00:00.000Z' },
  },
  {
    action: 'keys.rename',
    prepare: key,
    run: (admin, id) => admin.keys.rename({ id, name: 'CI 2' }),
    before: { name: 'CI' },
    after: { name: 'CI 2' },
  },
  {
    action: 'accounts.update',
    prepare: account,
    run: (admin, id) =>
      admin.accounts.update({ id, tier: 'pro', status: 'suspended', tasksPerMonth: 'unlimited' }),
    before: { tier: 'enterprise', status: 'active', tasksPerMonth: null },
    after: { tier: 'pro', status: 'suspended', tasksPerMonth: -1 },
  },
  {
    action: 'accounts.credit',
    prepare: account,
    run: (admin, id) => admin.accounts.credit({ id, cents: 7 }),
    before: { balanceCents: 50_000 },
    after: { balanceCents: 50_007 },
  },
  {
    action: 'accounts.debit',
    prepare: account,
    run: (admin, id) => admin.accounts.debit({ id, cents: 7 }),
    before: { balanceCents: 50_000 },
    after: { balanceCents: 49_993 },
  },
  {
    action: 'accounts.delete',
    prepare: account,
    run: (admin, id) => admin.accounts.delete({ id, withAll: true }),
    before: { ...UNTOUCHED, name: 'Acme', tier: 'enterprise', keys: 1, balanceCents: 50_000 },
    after: null,
  },
  {
    action: 'workers.create',
    prepare: account,
    run: (admin) => admin.workers.create(CY),
    isOfNoAccount: true,
    before: null,
    after: {
      firstName: 'Cy',
      lastName: 'Doe',
      city: 'New York',
      state: 'NY',
      skills: [],
      hourlyRateCents: 2500,
      status: 'active',
      keyPrefix: expect.any(String),
    },
  },
  {
    action: 'workers.suspend',
    prepare: async ({ ada, startTask }) => {
      await startTask()
      return ada.id
    },
    run: (admin, id) => admin.workers.suspend({ id }),
    isOfNoAccount: true,
    before: { status: 'active' },
    after: { status: 'suspended' },
  },
  {
    action: 'workers.resume',
    async prepare({ app, ada }) {
      await app.admin.workers.suspend({ id: ada.id })
      return ada.id
    },
    run: (admin, id) => admin.workers.resume({ id }),
    isOfNoAccount: true,
    before: { status: 'suspended' },
    after: { status: 'active' },
  },
  {
    action: 'workers.newKey',
    prepare: async ({ ada }) => ada.id,
    run: (admin, id) => admin.workers.newKey({ id }),
    isOfNoAccount: true,
    before: { keyPrefix: expect.stringMatching(/^wfw_\w{16}$/) },
    after: { keyPrefix: expect.stringMatching(/^wfw_\w{16}$/) },
  },
  {
    action: 'tasks.cancel',
    prepare: ({ startTask }) => startTask(),
    run: (admin, taskId) => admin.tasks.cancel({ taskId }),
    before: { title: expect.any(String), status: 'in_progress' },
    after: { title: expect.any(String), status: 'refunded' },
  },
  {
    action: 'disputes.resolve',
    prepare: disputed,
    run: (admin, taskId) => admin.disputes.resolve({ taskId, inFavourOf: 'worker' }),
    before: { title: expect.any(String), status: 'disputed' },
    after: { title: expect.any(String), status: 'completed' },
  },
  {
    action: 'secret.rotate',
    prepare: async () => 'secret.key',
    run: (admin) => admin.secret.rotate(),
    isOfNoAccount: true,
    before: { fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
    after: { fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/), resealed: 0, unopened: 0 },
  },
  {
    action: 'secret.accept',
    async prepare({ db }) {
      db.$client.exec("insert into settings values ('lost_secret_fingerprint', 'x')")
      return 'secret.key'
    },
    run: (admin) => admin.secret.accept(),
    isOfNoAccount: true,
    before: { isLost: true },
    after: { isLost: false, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
  },
]

describe('a change by the operator is one row, with what was before and what is after:', () => {
  test.each(OPERATIONS)('$action', async ({ action, prepare, run, isOfNoAccount, before, after }) => {
    const portal = await portalApp()
    const prepared = await prepare(portal)
    const { seq: last = 0 } = (await portal.app.admin.audit.list({ limit: 1 }))[0] ?? {}
    const made = await run(portal.app.admin, prepared)
    const [entry, ...others] = await portal.app.admin.audit.export({ after: last })
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      at: '2026-11-21T09:00:00.000Z',
      actor: { kind: 'operator', from: 'folder' },
      action,
      subject: before === null && 'id' in made ? made.id : prepared,
      accountId: isOfNoAccount ? null : portal.account.id,
    })
    expect([entry?.before ?? null, entry?.after ?? null]).toEqual([before, after])
  })

  test('accounts.create', async () => {
    const { app } = testApp()
    const { id } = await app.admin.accounts.create({ name: 'Acme', tier: 'pro' })
    expect(await app.admin.audit.list({})).toMatchObject([
      { seq: 1, action: 'accounts.create', subject: id, accountId: id, before: null },
    ])
    const [entry] = await app.admin.audit.list({})
    expect(entry?.after).toEqual({ ...UNTOUCHED, name: 'Acme', tier: 'pro' })
  })

  test('runs.cancel', async () => {
    const { app, workflow, run } = await workflowApp()
    const { runId: id } = await run(await workflow([{ id: 'ask', type: 'approval', config: {} }]))
    await app.admin.runs.cancel({ id })
    const [entry] = await app.admin.audit.list({ limit: 1 })
    expect(entry).toMatchObject({ action: 'runs.cancel', subject: id, accountId: expect.any(String) })
    expect([entry?.before, entry?.after]).toEqual([{ status: 'suspended' }, { status: 'cancelled' }])
  })

  test('runs.decide', async () => {
    const { app, workflow, run } = await workflowApp()
    const ask = { id: 'ask', type: 'approval', config: { title: 'Pay?', approvers: ['kim'] } }
    const { runId: id } = await run(await workflow([ask]))
    await app.admin.runs.decide({ id, approved: true, comment: 'fine', by: 'kim' })
    const [entry] = await app.admin.audit.list({ limit: 1 })
    expect(entry).toMatchObject({ action: 'runs.decide', subject: id, before: { status: 'suspended' } })
    expect(entry?.after).toEqual({ step: 'ask', approved: true, by: 'kim', comment: 'fine' })
  })
})

describe('what changes nothing is no row:', () => {
  test.each<[string, (portal: Portal) => Promise<unknown>]>([
    ['a list', ({ app }) => app.admin.keys.list({ all: true })],
    [
      'an update to what was',
      ({ app, account: { id } }) => app.admin.accounts.update({ id, tier: 'enterprise' }),
    ],
    ['a second suspension', ({ app, bob: { id } }) => app.admin.workers.suspend({ id })],
    ['the resumption of one who works', ({ app, ada: { id } }) => app.admin.workers.resume({ id })],
    [
      'a debit of more than there is',
      ({ app, account: { id } }) => app.admin.accounts.debit({ id, cents: 50_001 }).catch(() => {}),
    ],
    ['the acceptance of no loss', ({ app }) => app.admin.secret.accept()],
    ['a refused key', ({ app }) => app.admin.keys.create({ api: 'workflows', name: '' }).catch(() => {})],
    [
      'a credit of nothing',
      ({ app, account: { id } }) => app.admin.accounts.credit({ id, cents: 0 }).catch(() => {}),
    ],
    ['a task that is not there', ({ app }) => app.admin.tasks.cancel({ taskId: 'x' }).catch(() => {})],
    [
      'a second revocation',
      async ({ app }) => {
        const [key] = await app.admin.keys.list({})
        await app.admin.keys.revoke({ id: key?.id ?? '' })
        const before = (await app.admin.audit.list({})).length
        await app.admin.keys.revoke({ id: key?.id ?? '' })
        expect(await app.admin.audit.list({})).toHaveLength(before)
        return 1
      },
    ],
  ])('%s', async (_, run) => {
    const portal = await portalApp()
    await portal.app.admin.workers.suspend({ id: portal.bob.id })
    const before = (await portal.app.admin.audit.list({})).length
    const own = (await run(portal)) === 1 ? 1 : 0
    expect(await portal.app.admin.audit.list({})).toHaveLength(before + own)
  })
})

describe('a row and its change are one transaction:', () => {
  test.each(OPERATIONS)('$action is not done where it cannot be recorded', async ({ prepare, run }) => {
    const portal = await portalApp()
    const prepared = await prepare(portal)
    const before = everything(portal)
    portal.db.$client.exec(
      "create trigger no before insert on audit_entries begin select raise(abort, 'no row'); end",
    )
    await expect(run(portal.app.admin, prepared)).rejects.toThrow('no row')
    portal.db.$client.exec('drop trigger no')
    expect(everything(portal)).toEqual(before)
    await run(portal.app.admin, prepared)
    expect(everything(portal)).not.toEqual(before)
  })

  test('a change that is undone later in its transaction leaves no row, and the chain goes on', async () => {
    const { db, audit } = withAudit({ db: testDatabase(), clock: manualClock() })
    const record = (subject: string) => audit.record({ actor: OPERATOR, action: 'accounts.update', subject })
    db.transaction(() => record('a'))
    expect(() =>
      db.transaction(() => {
        record('b')
        throw new Error('undone')
      }),
    ).toThrow('undone')
    db.transaction(() => record('c'))
    expect(audit.after(0, 9).map(({ subject }) => subject)).toEqual(['a', 'c'])
    expect((await audit.verify()).faults).toEqual([])
  })

  test('outside of a transaction nothing is recorded', () => {
    const db = testDatabase()
    const audit = createAuditTrail({ db, clock: manualClock() })
    expect(() => audit.record({ actor: OPERATOR, action: 'keys.create', subject: 'k' })).toThrow(
      'keys.create is recorded outside of its transaction',
    )
    expect(audit.after(0, 9)).toEqual([])
  })

  test('a revocation that could not be stored is recorded when it is, as of who asked first', async () => {
    const { app, db } = testApp()
    const { id } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    db.$client.pragma('query_only = ON')
    const first = app.adminFor({ kind: 'operator', name: 'kim', from: 'socket' })
    await expect(first.keys.revoke({ id })).rejects.toThrow('does not outlast a restart')
    await expect(app.admin.keys.revoke({ id })).rejects.toThrow('does not outlast a restart')
    db.$client.pragma('query_only = OFF')
    app.keys.storeRevocations()
    app.keys.storeRevocations()
    const revoked = (await app.admin.audit.list({})).filter(({ action }) => action === 'keys.revoke')
    expect(revoked).toMatchObject([{ subject: id, actor: { name: 'kim', from: 'socket' } }])
  })
})

test('what one side of a change holds is bounded: more than 8 KiB is left out, and how much is told', async () => {
  const { db, audit } = withAudit({ db: testDatabase(), clock: manualClock() })
  const after = { text: 'é'.repeat(5000) }
  db.transaction(() => audit.record({ actor: OPERATOR, action: 'accounts.update', subject: 'a', after }))
  expect(audit.after(0, 9)[0]?.after).toEqual({ omittedBytes: 10_011 })
  expect((await audit.verify()).faults).toEqual([])
})

/** All rows of all tables. */
function everything({ db }: Portal): Record<string, unknown[]> {
  const names = db.$client
    .prepare<[], string>("select name from sqlite_master where type = 'table'")
    .pluck()
    .all()
  return Object.fromEntries(names.map((name) => [name, db.$client.prepare(`select * from ${name}`).all()]))
}
