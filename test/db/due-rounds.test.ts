import { describe, expect, test } from 'bun:test'
import { openClient } from '../../src/db/driver.ts'
import { createDueRounds } from '../../src/db/due-rounds.ts'
import { migrate } from '../../src/db/migrate.ts'
import { migrations } from '../../src/db/migrations.ts'
import type { Db } from '../../src/db/open.ts'
import { createRunStore } from '../../src/workflows/runs/run-store.ts'
import { createWaitStore } from '../../src/workflows/runs/wait-store.ts'
import { createScheduleStore } from '../../src/workflows/schedules/schedule-store.ts'
import { createTaskStore } from '../../src/workfunder/tasks/task-store.ts'
import { ONE_RUN } from '../helpers/one-run.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { testDatabase } from '../helpers/test-database.ts'

/** So that no look ends early because nothing is due. */
const DUE = `
  insert into run_waits values ('r', 'a', '1/a', 'wait', 'a', 1, null, null, 0, 1);
  insert into schedules values ('w', 'a', 1, null, 0);
  insert into tasks (latitude, longitude, id, created_at, account_id, environment, kind, status, status_since, title,
    description, category, required_skills, city, state, budget_cents, platform_fee_cents, worker_payout_cents, priority,
    proof_types, metadata, proof_attempts, updated_at, deadline, simulated_at)
  values (1, 1, 's', 1, 'a', 'test', 'task', 'posted', 1, 't', 'd', 'other', '[]', 'c', 's', 1, 1, 1, 'normal', '[]', '{}', 0, 1,
    null, 1), (1, 1, 't', 1, 'a', 'live', 'task', 'posted', 1, 't', 'd', 'other', '[]', 'c', 's', 1, 1, 1, 'normal', '[]', '{}',
    0, 1, 1, null);`

/** The same rows under other ids, the account but not its rows being there. */
function renamed(rows: string, n: number): string {
  const others = rows.replaceAll(/'([wrst])'/g, `'$1${n}'`)
  return others.replaceAll('insert into accounts', 'insert or ignore into accounts')
}

/** Rows by account: when each is due. They are done when they are taken. */
function rounds(due: Record<string, number[]>) {
  const db = testDatabase()
  db.$client.exec(`create table jobs (account_id text, due_at integer);
    create index jobs_due on jobs (due_at); create index jobs_due_of on jobs (account_id, due_at)`)
  const insert = db.$client.prepare('insert into jobs values (?, ?)')
  for (const [accountId, times] of Object.entries(due)) for (const ms of times) insert.run(accountId, ms)
  const dueOf = db.$client.prepare<[string, number, number], { job: string; rowid: number }>(
    `select account_id || due_at as job, rowid from jobs
      where account_id = ? and due_at <= ? order by due_at limit ?`,
  )
  const done = db.$client.prepare('delete from jobs where rowid = ?')
  const inTurn = createDueRounds(db, { table: 'jobs', open: 'true', due: 'due_at' })
  return (now: number, limit: number) =>
    inTurn(now, limit, (accountId, share) => dueOf.all(accountId, now, share)).map(({ job, rowid }) => {
      done.run(rowid)
      return job
    })
}

const many = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('what is due is taken', () => {
  test('in equal shares, those of an account that are due for longest, whatever another has due', () => {
    const take = rounds({ a: many(1000), b: [7, 5, 6], c: [999] })
    expect(take(1000, 6)).toEqual(['a0', 'a1', 'b5', 'b6', 'c999'])
    expect(take(1000, 6)).toEqual(['a2', 'a3', 'a4', 'b7'])
    expect(take(1000, 6)).toHaveLength(6)
  })

  test('from each account in turn, where there are more accounts than one turn takes', () => {
    const take = rounds({ a: many(9), b: many(9), c: many(9), d: [1], e: [1] })
    expect([take(9, 2), take(9, 2), take(9, 2), take(9, 2)]).toEqual([
      ['a0', 'b0'],
      ['c0', 'd1'],
      ['e1', 'a1'],
      ['b1', 'c1'],
    ])
  })

  test('one at a time, and each account has had its turn before one has it again', () => {
    const take = rounds({ a: many(3), b: many(2), c: [1] })
    expect(many(7).map(() => take(9, 1)[0])).toEqual(['a0', 'b0', 'c1', 'a1', 'b1', 'a2', undefined])
  })

  test('when it is due, and not before', () => {
    const take = rounds({ a: [10], b: [20] })
    expect([take(9, 5), take(10, 5), take(20, 5), take(30, 5)]).toEqual([[], ['a10'], ['b20'], []])
  })
})

describe('an account that has had a thousand due for longer does not keep another’s waiting:', () => {
  type Row = { accountId: string }
  test.each<[string, (db: Db) => Row[]]>([
    ['waits of runs', (db) => createWaitStore(db).due(2000, 100)],
    ['runs out of time', (db) => createRunStore(db).overdue(2000, 50)],
    ['deadlines of tasks', (db) => createTaskStore(db).overdue(2000, 2000, 50)],
    [
      'schedules',
      (db) => {
        const store = createScheduleStore(db)
        return many(2).flatMap(() => store.nextDue(2000) ?? [])
      },
    ],
    [
      'simulated tasks',
      (db) => {
        const store = createTaskStore(db)
        return many(2).flatMap(() => store.nextSimulated(2000) ?? [])
      },
    ],
  ])('%s', (_, slice) => {
    const db = testDatabase()
    db.$client.exec(`${ONE_RUN} ${DUE}`)
    for (let n = 1; n < 1000; n++) db.$client.exec(renamed(`${ONE_RUN} ${DUE}`, n))
    db.$client.exec(renamed(`${ONE_RUN} ${DUE}`, 1000).replaceAll("'a'", "'b'"))
    const owners = slice(db).map(({ accountId }) => accountId)
    expect(new Set(owners)).toEqual(new Set(['a', 'b']))
  })
})

describe('no table is read through to find what is due:', () => {
  test.each<[string, (db: Db) => unknown, string]>([
    ['waits of runs', (db) => createWaitStore(db).due(1, 10), 'run_waits_due'],
    ['runs out of time', (db) => createRunStore(db).overdue(1, 10), 'runs_deadline'],
    ['schedules', (db) => createScheduleStore(db).nextDue(1), 'schedules_due'],
    ['simulated tasks', (db) => createTaskStore(db).nextSimulated(1), 'tasks_simulated'],
    ['deadlines of tasks', (db) => createTaskStore(db).overdue(1, 1, 10), 'tasks_deadline'],
  ])('%s', (_, ask, index) => {
    const db = testDatabase()
    db.$client.exec(`${ONE_RUN} ${DUE}`)
    const plans = queryPlans(db, () => ask(db))
    expect(plans).toHaveLength(3)
    const [any = [], accounts = [], dueOf = []] = plans.map(({ steps }) =>
      steps.filter((step) => /(SEARCH|SCAN) (runs|run_waits|schedules|tasks)|SORTER|TEMP B-TREE/.test(step)),
    )
    expect(any).toEqual([expect.stringMatching(new RegExp(`^SEARCH .* INDEX ${index} `))])
    expect(accounts).toHaveLength(3)
    const byAccount = expect.stringMatching(new RegExp(`^SEARCH .* INDEX ${index}_of \\(account_id[=>]`))
    expect([...accounts, ...dueOf]).toEqual([...accounts, ...dueOf].map(() => byAccount))
  })
})

test('what waits, and what is scheduled, is its account’s after an upgrade, and comes due as before', () => {
  const at = migrations.findIndex(({ sql }) => sql.includes('__new_run_waits'))
  const client = openClient(':memory:')
  migrate(client, migrations.slice(0, at))
  client.exec(`${ONE_RUN}
    insert into run_waits values ('r', '1/a', 'wait', 'a', 7, null, null, 0, 1), ('r', '1/b', 'approval', 'b', null, '{}', null, 0, 2);
    insert into schedules values ('w', 8, 6, 5)`)
  migrate(client, migrations)
  const rows = (table: string) => client.prepare(`select * from ${table}`).raw().all()
  expect(rows('run_waits')).toEqual([
    ['r', 'a', '1/a', 'wait', 'a', 7, null, null, 0, 1],
    ['r', 'a', '1/b', 'approval', 'b', null, '{}', null, 0, 2],
  ])
  expect(rows('schedules')).toEqual([['w', 'a', 8, 6, 5]])
  client.close()
})
