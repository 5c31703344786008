import { describe, expect, test } from 'bun:test'
import { newRun } from '../../../src/workflows/runs/new-run.ts'
import { createRunStore } from '../../../src/workflows/runs/run-store.ts'
import { ONE_RUN } from '../../helpers/one-run.ts'
import { queryPlans } from '../../helpers/query-plans.ts'
import { testDatabase } from '../../helpers/test-database.ts'

const ALL = { accountId: 'a', workflowId: null, status: null, after: null, limit: 50 }
const AFTER = { createdAt: 1, id: 'r' }

type Store = ReturnType<typeof createRunStore>

describe('a query finds by an index alone, and sorts nothing:', () => {
  test.each<[string, (store: Store) => unknown, string]>([
    ['an account’s runs', (store) => store.list(ALL), 'runs_listing (account_id=?)'],
    [
      'a later page of them',
      (store) => store.list({ ...ALL, after: AFTER }),
      'runs_listing (account_id=? AND (created_at,id)<(?,?))',
    ],
    [
      'those of a status',
      (store) => store.list({ ...ALL, status: 'running', after: AFTER }),
      'runs_of_status (account_id=? AND status=? AND (created_at,id)<(?,?))',
    ],
    [
      'those of a workflow',
      (store) => store.list({ ...ALL, workflowId: 'w', after: AFTER }),
      'runs_of_workflow (account_id=? AND workflow_id=? AND (created_at,id)<(?,?))',
    ],
    [
      'those of a workflow and a status',
      (store) => store.list({ ...ALL, workflowId: 'w', status: 'failed', after: AFTER }),
      'runs_of_workflow_status (account_id=? AND workflow_id=? AND status=? AND (created_at,id)<(?,?))',
    ],
    ['the newest of all accounts', (store) => store.search({ limit: 50 }), 'runs_newest'],
    [
      'those of all accounts behind a place',
      (store) => store.search({ after: AFTER, limit: 50 }),
      'runs_newest ((created_at,id)<(?,?))',
    ],
    [
      'the newest of a status',
      (store) => store.search({ status: 'failed', limit: 50 }),
      'runs_status (status=?)',
    ],
    [
      'the operator’s of one account',
      (store) => store.search({ accountId: 'a', after: AFTER, limit: 50 }),
      'runs_listing (account_id=? AND (created_at,id)<(?,?))',
    ],
    [
      'the operator’s of one account and status',
      (store) => store.search({ accountId: 'a', status: 'failed', limit: 50 }),
      'runs_of_status (account_id=? AND status=?)',
    ],
    [
      'the last of a workflow',
      (store) => store.lastOf('a', 'w'),
      'runs_of_workflow (account_id=? AND workflow_id=?)',
    ],
    [
      'whether a workflow is busy',
      (store) => store.isBusy('w', 'schedule'),
      'runs_active (workflow_id=? AND trigger_type=?)',
    ],
    [
      'all runs of a status',
      (store) => store.oldestOf('pending').next(),
      'runs_status (status=? AND (created_at,id)>(?,?))',
    ],
    ['runs that ended long ago', (store) => store.endedBefore(1, 10), 'runs_ended (completed_at<?)'],
  ])('%s', (_, ask, index) => {
    const db = testDatabase()
    const plans = queryPlans(db, () => ask(createRunStore(db)))
    expect(plans.flatMap(({ steps }) => steps)).toEqual([expect.stringContaining(` INDEX ${index}`)])
  })

  test('the operator’s list of one workflow, whose account’s index it takes', () => {
    const db = testDatabase()
    for (const [status, index] of [
      [undefined, 'runs_of_workflow (account_id=? AND workflow_id=?'],
      ['failed', 'runs_of_workflow_status (account_id=? AND workflow_id=? AND status=?'],
    ] as const) {
      const ask = () => createRunStore(db).search({ workflowId: 'w', status, after: AFTER, limit: 50 })
      const steps = queryPlans(db, ask).flatMap((plan) => plan.steps)
      expect(steps[0]).toContain(`${index} AND (created_at,id)<(?,?))`)
      expect(steps.join()).toContain('SEARCH workflows USING INDEX sqlite_autoindex_workflows_1 (id=?)')
      expect(steps.join()).not.toMatch(/SCAN (runs|workflows)|TEMP B-TREE/)
    }
  })

  test('the one that asks whether any run is active, of which alone these indexes have entries', () => {
    const db = testDatabase()
    const [plan] = queryPlans(db, () => createRunStore(db).hasActive())
    expect(plan?.steps).toEqual([
      expect.stringMatching(/^SCAN runs USING (COVERING )?INDEX runs_(active|deadline)$/),
    ])
  })
})

const LARGE = ['trigger', 'input', 'output', 'kept']

describe('nothing that may be megabytes is read for', () => {
  test.each<[string, (store: Store) => unknown]>([
    ['an account’s list', (store) => store.list(ALL)],
    ['the operator’s list', (store) => store.search({ limit: 50 })],
    ['runs out of time', (store) => store.overdue(1, 10)],
    ['all runs of a status', (store) => store.oldestOf('pending').next()],
  ])('%s', (_, ask) => {
    const db = testDatabase()
    db.$client.exec(ONE_RUN)
    const plan = queryPlans(db, () => ask(createRunStore(db))).at(-1)
    expect(plan?.sql).toContain('"created_at"')
    for (const column of LARGE) expect(plan?.sql).not.toContain(`"${column}"`)
  })

  test('any column that a list shows, because the large columns stand after them', () => {
    const { $client } = testDatabase()
    const columns = (table: string) => $client.pragma(`table_info(${table})`) as { name: string }[]
    expect(
      columns('runs')
        .map(({ name }) => name)
        .slice(-LARGE.length),
    ).toEqual(LARGE)
    expect(
      columns('workflows')
        .map(({ name }) => name)
        .slice(-7),
    ).toEqual(['trigger', 'steps', 'input_schema', 'output_schema', 'settings', 'canvas_state', 'variables'])
  })
})

describe('what started a run', () => {
  const INPUT = { text: 'x'.repeat(1000) }
  const start = {
    accountId: 'a',
    workflowId: 'w',
    input: INPUT,
    connectionId: null,
    idempotencyKey: null,
    maxExecutionTimeMs: null,
  }
  const workflow = { id: 'w', version: 1, settings: null }
  const trigger = { type: 'api', input: INPUT, body: INPUT }

  function setUp() {
    const db = testDatabase()
    db.$client.exec(ONE_RUN)
    const store = createRunStore(db)
    const chars = db.$client
      .prepare<[string], number>('select length(trigger) + length(input) from runs where id = ?')
      .pluck()
    return { db, store, chars }
  }

  test.each<[string, 'api' | 'webhook', object]>([
    ['the API', 'api', trigger],
    ['the API, with an input of its own', 'api', { ...trigger, input: { n: 1 } }],
    ['a webhook', 'webhook', { type: 'webhook', body: INPUT, headers: {} }],
  ])('is read as it was: %s', (_, triggerType, started) => {
    const { store } = setUp()
    const run = newRun({ ...start, triggerType, trigger: { ...started } }, workflow, null, 5)
    store.insert(run, [])
    const read = store.get(run.id)
    expect(read).toEqual(run)
    // A template may write it out, with its fields in their order.
    expect(JSON.stringify(read?.trigger)).toBe(JSON.stringify(started))
  })

  test('stands once in the database where that is the input of the API', () => {
    const { store, chars } = setUp()
    const run = newRun({ ...start, triggerType: 'api', trigger }, workflow, null, 5)
    store.insert(run, [])
    expect(chars.get(run.id)).toBeLessThan(1100)
  })

  test('is read from a row that holds it three times, as before', () => {
    const { db, store } = setUp()
    db.$client
      .prepare('update runs set trigger = ?, input = ?')
      .run(JSON.stringify(trigger), JSON.stringify(INPUT))
    expect(store.get('r')?.trigger).toEqual(trigger)
  })
})

test('an attempt is over when it has ended, when another has begun, and when its run is gone', () => {
  const db = testDatabase()
  db.$client.exec(ONE_RUN)
  const store = createRunStore(db)
  const over = () => [1, 2].map((attempt) => store.isOver({ id: 'r', attempt }))
  expect(over()).toEqual([false, true])
  db.$client.exec("update runs set completed_at = 5, status = 'failed'")
  expect(over()).toEqual([true, true])
  db.$client.exec("update runs set completed_at = null, status = 'running', attempt = 2")
  expect(over()).toEqual([true, false])
  db.$client.exec('delete from runs')
  expect(over()).toEqual([true, true])
})
