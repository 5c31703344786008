import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createAccounts } from '../../../src/accounts/accounts.ts'
import { createApp } from '../../../src/app.ts'
import { type Db, openDatabase } from '../../../src/db/open.ts'
import { AppError } from '../../../src/errors.ts'
import { createDefinitions } from '../../../src/workflows/definitions/definitions.ts'
import { createSchemaChecker } from '../../../src/workflows/json-schema/schema-checker.ts'
import type { StartRun } from '../../../src/workflows/runs/run.ts'
import { createSchedules } from '../../../src/workflows/schedules/schedules.ts'
import { afterTest } from '../../helpers/after-test.ts'
import { OPERATOR, withAudit } from '../../helpers/audit.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { recordedStarts } from '../../helpers/recorded-starts.ts'
import { NO_RUNS, TEST_SECRET } from '../../helpers/test-app.ts'
import { testDatabase } from '../../helpers/test-database.ts'

// The clock begins on a Saturday, 2026-11-21T09:00:00Z.
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const EVERY_5_MINUTES = { type: 'schedule', cron: '*/5 * * * *' } as const
const EVERY_HOUR = { type: 'schedule', interval: { value: 1, unit: 'hours' } } as const

function setUp() {
  const db = testDatabase()
  afterTest(() => db.$client.close())
  const clock = manualClock()
  const accountId = createAccounts(withAudit({ db, clock })).create({ name: 'a' }, OPERATOR).id
  const { starts, startRun, failNext } = recordedStarts()
  const busy = new Set<string>()
  const isBusy = (workflowId: string, type: string) => type === 'schedule' && busy.has(workflowId)
  const schemas = createSchemaChecker()
  const begin = (start: StartRun = startRun) => {
    const schedules = createSchedules({ db, clock, hostClock: clock, startRun: start, isBusy })
    const definitions = createDefinitions({ db, clock, schemas, onChange: schedules.follow })
    return { schedules, definitions }
  }
  const { schedules, definitions } = begin()

  const create = async (trigger: object, name = 'Nightly') => {
    const checked = { ...trigger, type: 'schedule' as const }
    return (await definitions.create(accountId, { name, trigger: checked, steps: [] })).id
  }
  const activate = (id: string) => definitions.activate(accountId, id)
  const active = async (trigger: object, name?: string) => activate(await create(trigger, name)).id
  /** Lets time pass in steps, with a turn after each. */
  const pass = async (ms: number, steps = 1) => {
    for (let i = 0; i < steps; i++) {
      clock.advance(ms)
      await schedules.runDue()
    }
  }
  const times = () => starts.map(({ trigger }) => String(trigger.scheduledAt).slice(11, 19))
  return {
    db,
    clock,
    accountId,
    starts,
    failNext,
    busy,
    begin,
    schedules,
    definitions,
    create,
    activate,
    active,
    pass,
    times,
    nextAt: () => nextAtOf(db),
  }
}

function nextAtOf(db: Db): string[] {
  const all = db.$client.prepare('select next_at from schedules order by next_at').pluck().all()
  return all.map((ms) => new Date(Number(ms)).toISOString().slice(11, 19))
}

describe('a run is started when it comes due:', () => {
  test.each([
    ['cron, on its minutes', EVERY_5_MINUTES, ['09:05:00', '09:10:00', '09:15:00']],
    [
      'an interval, counted from the activation',
      { interval: { value: 7, unit: 'minutes' } },
      ['09:07:00', '09:14:00'],
    ],
    ['cron in a time zone', { cron: '15 10 * * *', timezone: 'Europe/Berlin' }, ['09:15:00']],
    ['cron without a time zone, in UTC', { cron: '15 9 * * *' }, ['09:15:00']],
    ['a schedule that is not enabled, never', { ...EVERY_5_MINUTES, enabled: false }, []],
    [
      'one that is, as one that does not say',
      { ...EVERY_5_MINUTES, enabled: true },
      ['09:05:00', '09:10:00', '09:15:00'],
    ],
  ])('%s', async (_, trigger, expected) => {
    const { active, pass, times } = setUp()
    await active(trigger)
    await pass(MINUTE, 19)
    expect(times()).toEqual(expected)
  })

  test.each([
    ['hours', HOUR],
    ['days', 24 * HOUR],
    ['weeks', 7 * 24 * HOUR],
  ])('by an interval of 2 %s', async (unit, ms) => {
    const { active, pass, starts } = setUp()
    await active({ interval: { value: 2, unit } })
    await pass(2 * ms - 1)
    expect(starts).toEqual([])
    await pass(1)
    expect(starts).toHaveLength(1)
  })

  test('with what the vendor’s schedule tells it, as trigger and as input', async () => {
    const { active, pass, starts, accountId } = setUp()
    const workflowId = await active(EVERY_5_MINUTES, 'Reminder')
    await pass(5 * MINUTE)
    await pass(5 * MINUTE + 1234)
    const trigger = {
      type: 'schedule',
      scheduledAt: '2026-11-21T09:10:00.000Z',
      nextRunAt: '2026-11-21T09:15:00.000Z',
      runCount: 2,
      timestamp: '2026-11-21T09:10:01.234Z',
      scheduleName: 'Reminder',
    }
    expect(starts[1]).toEqual({
      accountId,
      workflowId,
      triggerType: 'schedule',
      trigger,
      input: trigger,
      connectionId: null,
      idempotencyKey: 'schedule:2026-11-21T09:10:00.000Z',
      maxExecutionTimeMs: null,
    })
  })

  test('where many are due at once, a few in each turn, and all in the end', async () => {
    const { active, pass, starts } = setUp()
    for (let i = 0; i < 45; i++) await active(EVERY_HOUR)
    await pass(HOUR)
    expect(starts).toHaveLength(20)
    await pass(100, 2)
    expect(starts).toHaveLength(45)
    expect(new Set(starts.map(({ workflowId }) => workflowId)).size).toBe(45)
  })
})

describe('a workflow that changes', () => {
  test.each([
    ['a draft', (s: Scene) => s.create(EVERY_5_MINUTES)],
    ['a paused one', async (s: Scene) => s.definitions.pause(s.accountId, await s.active(EVERY_5_MINUTES))],
    [
      'an archived one',
      async (s: Scene) => s.definitions.archive(s.accountId, await s.active(EVERY_5_MINUTES)),
    ],
    [
      'one that has another trigger now',
      async (s: Scene) =>
        s.definitions.update(s.accountId, await s.active(EVERY_5_MINUTES), { trigger: { type: 'api' } }),
    ],
  ])('%s is never started', async (_, prepare) => {
    const scene = setUp()
    await prepare(scene)
    await scene.pass(5 * MINUTE, 3)
    expect(scene.starts).toEqual([])
    expect(scene.nextAt()).toEqual([])
  })

  test('keeps the time of its next run where its trigger stays', async () => {
    const { active, clock, definitions, accountId, nextAt } = setUp()
    const id = await active(EVERY_HOUR)
    clock.advance(20 * MINUTE)
    await definitions.update(accountId, id, { name: 'Other', steps: [] })
    await definitions.update(accountId, id, {
      trigger: { interval: { unit: 'hours', value: 1 }, type: 'schedule' } as never,
    })
    expect(nextAt()).toEqual(['10:00:00'])
  })

  test('counts anew from another trigger', async () => {
    const { active, clock, definitions, accountId, nextAt } = setUp()
    const id = await active(EVERY_HOUR)
    clock.advance(20 * MINUTE)
    const trigger = { ...EVERY_HOUR, interval: { value: 2, unit: 'hours' } }
    await definitions.update(accountId, id, { trigger })
    expect(nextAt()).toEqual(['11:20:00'])
  })

  test('counts its interval from the activation, after a pause', async () => {
    const { active, activate, clock, definitions, accountId, nextAt } = setUp()
    const id = await active(EVERY_HOUR)
    clock.advance(20 * MINUTE)
    definitions.pause(accountId, id)
    clock.advance(HOUR)
    activate(id)
    expect(nextAt()).toEqual(['11:20:00'])
  })

  test('stays as it was where its schedule cannot follow the change', async () => {
    const { db, create, activate, definitions, accountId } = setUp()
    const id = await create(EVERY_HOUR)
    db.$client.exec('drop table schedules')
    expect(() => activate(id)).toThrow()
    expect(definitions.get(accountId, id).status).toBe('draft')
  })
})

describe('missed and overlapping runs', () => {
  test.each([
    ['the server was down', (ms: number, clock: Clock) => clock.advance(ms)],
    ['the clock was set forward', (ms: number, clock: Clock) => clock.stepWall(ms)],
  ])('%s: one run at once for all that were missed, then on schedule', async (_, skip) => {
    const { active, pass, times, clock, nextAt, schedules } = setUp()
    await active(EVERY_5_MINUTES)
    skip(3 * HOUR + 2 * MINUTE, clock)
    await schedules.runDue()
    await schedules.runDue()
    expect([times(), nextAt()]).toEqual([['09:05:00'], ['12:05:00']])
    await pass(3 * MINUTE)
    expect(times()).toEqual(['09:05:00', '12:05:00'])
  })

  test('an interval that was missed goes on in its own steps', async () => {
    const { active, pass, nextAt } = setUp()
    await active(EVERY_HOUR)
    await pass(3 * HOUR + 25 * MINUTE)
    expect(nextAt()).toEqual(['13:00:00'])
  })

  test('a clock that is set back starts nothing a second time', async () => {
    const { active, pass, times, clock } = setUp()
    await active(EVERY_5_MINUTES)
    await pass(5 * MINUTE)
    clock.stepWall(-4 * MINUTE)
    await pass(MINUTE, 5)
    expect(times()).toEqual(['09:05:00'])
  })

  test('while a scheduled run goes on, what comes due is skipped and not made up for', async () => {
    const { active, pass, times, busy, starts } = setUp()
    const id = await active(EVERY_5_MINUTES)
    await active(EVERY_HOUR)
    await pass(5 * MINUTE)
    busy.add(id)
    await pass(5 * MINUTE, 2)
    busy.delete(id)
    await pass(5 * MINUTE)
    expect(times()).toEqual(['09:05:00', '09:20:00'])
    expect(starts[1]?.trigger.runCount).toBe(2)
  })
})

describe('a start that fails', () => {
  test.each([
    ['because it is refused', new AppError('CONFLICT', 'Workflow is paused')],
    ['because of a defect', new Error('disk full')],
  ])('%s is not tried again, and its schedule and the others go on', async (_, error) => {
    const { active, pass, starts, failNext, nextAt } = setUp()
    const failing = await active(EVERY_5_MINUTES)
    await active(EVERY_5_MINUTES)
    failNext(error)
    await pass(5 * MINUTE)
    expect(starts.map(({ workflowId }) => workflowId === failing)).toEqual([false])
    expect(nextAt()).toEqual(['09:10:00', '09:10:00'])
    await pass(5 * MINUTE)
    expect(starts.filter(({ workflowId }) => workflowId === failing)[0]?.trigger.runCount).toBe(1)
  })
})

describe('each run is started exactly once:', () => {
  test('a crash right after a start asks for the same run again, under the same key', async () => {
    const { active, begin, clock, starts, db } = setUp()
    await active(EVERY_5_MINUTES)
    clock.advance(5 * MINUTE)
    const crash: StartRun = async (start) => {
      starts.push(start)
      // From here on the dying process writes nothing more.
      db.$client.pragma('query_only = ON')
      throw new Error('crash')
    }
    await begin(crash).schedules.runDue()
    db.$client.pragma('query_only = OFF')
    clock.advance(7 * MINUTE)
    await begin().schedules.runDue()
    expect(starts.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'schedule:2026-11-21T09:05:00.000Z',
      'schedule:2026-11-21T09:05:00.000Z',
    ])
  })

  test('turns do not overlap, however slow a start is, and closing can wait for the last one', async () => {
    const { active, begin, clock, starts } = setUp()
    await active(EVERY_5_MINUTES)
    clock.advance(5 * MINUTE)
    const slow = Promise.withResolvers<never>()
    const { schedules } = begin((start) => {
      starts.push(start)
      return slow.promise
    })
    const turns = [schedules.runDue(), schedules.runDue()]
    let settled = false
    const settling = schedules.settled().then(() => {
      settled = true
    })
    await Promise.resolve()
    expect([starts.length, settled]).toEqual([1, false])
    slow.reject(new Error('too slow'))
    await Promise.all([...turns, settling])
    expect(starts).toHaveLength(1)
  })

  test('a workflow that is changed while its run is being started keeps the new schedule', async () => {
    const { active, begin, clock, definitions, accountId, nextAt } = setUp()
    const id = await active(EVERY_5_MINUTES)
    clock.advance(5 * MINUTE)
    await begin(async () => {
      await definitions.update(accountId, id, { trigger: EVERY_HOUR })
      throw new Error('whatever')
    }).schedules.runDue()
    expect(nextAt()).toEqual(['10:05:00'])
  })

  test('a turn that cannot read the database does not reject', async () => {
    const { db, schedules } = setUp()
    db.$client.exec('drop table schedules')
    expect(await schedules.runDue()).toBeUndefined()
  })
})

test('a server’s ticks take its schedules along', async () => {
  const folder = emptyFolder()
  const file = join(folder, 'keyward.db')
  const clock = manualClock()
  const app = createApp({
    db: openDatabase(file),
    secret: TEST_SECRET,
    clock,
    addressLimit: 300,
    sandboxPace: 1,
    ...NO_RUNS,
    egress: { allowPrivate: false, allowHttpLoopback: false },
    proofsFolder: '/nowhere',
    runsFile: join(folder, 'runs.db'),
  })
  const account = await app.admin.accounts.create({ name: 'a' })
  const { definitions } = app.workflows
  const { id } = await definitions.create(account.id, { name: 'n', trigger: EVERY_HOUR, steps: [] })
  definitions.activate(account.id, id)
  clock.advance(HOUR)
  app.tick()
  await app.close()
  const db = openDatabase(file)
  afterTest(() => db.$client.close())
  expect(nextAtOf(db)).toEqual(['11:00:00'])
})

type Scene = ReturnType<typeof setUp>
type Clock = Scene['clock']
