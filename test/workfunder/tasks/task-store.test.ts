import { describe, expect, test } from 'bun:test'
import { distanceMeters } from '../../../src/workfunder/geo.ts'
import { tasksNear } from '../../../src/workfunder/portal/nearby.ts'
import type { OpenTask } from '../../../src/workfunder/tasks/open-task-store.ts'
import { createTaskStore } from '../../../src/workfunder/tasks/task-store.ts'
import { queryPlans } from '../../helpers/query-plans.ts'
import { testDatabase } from '../../helpers/test-database.ts'

const CENTER = { latitude: 40.758, longitude: -73.9855 }

/**
 * A store of so many posted live tasks, made by SQL.
 * @param place SQL for "latitude, longitude", of n from 0
 */
function storeOf(count: number, place: string) {
  const db = testDatabase()
  db.$client.exec(`
    insert into accounts (id, name, tier, status, created_at, updated_at) values ('a', 'A', 'free', 'active', 1, 1);
    with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ${count - 1})
    insert into tasks (latitude, longitude, id, created_at, account_id, environment, kind, status, status_since,
      title, description, category, required_skills, city, state, budget_cents, platform_fee_cents,
      worker_payout_cents, priority, proof_types, metadata, proof_attempts, updated_at)
    select ${place}, printf('%06d', n), ${count} - n, 'a', 'live', 'task', 'posted', 1, 't', 'd',
      iif(n % 2, 'other', 'event'), '[]', 'New York', 'NY', 500, 80, 420, 'normal', '["photo"]', '{}', 0, 1
    from numbers`)
  return { db, store: createTaskStore(db) }
}

/** Spread over 5 by 5 degrees, in no order. */
const SPREAD = '38.3 + (n * 7919 % 5000) / 1000.0, -76.5 + (n * 104729 % 4999) / 1000.0'
const HERE = `${CENTER.latitude}, ${CENTER.longitude}`

const idsOf = (tasks: readonly OpenTask[]) => tasks.map(({ id }) => id)

function nearestOf(tasks: readonly OpenTask[], radiusMiles: number): string[] {
  const far = (task: OpenTask) => distanceMeters(CENTER, task)
  const within = tasks.filter((task) => far(task) <= radiusMiles * 1609.344)
  return idsOf(within.toSorted((a, b) => far(a) - far(b) || a.createdAt - b.createdAt))
}

/** What the search gives, in its order. */
const foundBy = (...search: Parameters<typeof tasksNear>) => tasksNear(...search).map(({ item }) => item)

const EVERYWHERE = { south: -90, north: 90, west: -180, east: 180 }

describe('a search of open tasks', () => {
  test.each([1, 5, 20, 40])(
    'within %p miles finds what looking at each of 20,000 would find',
    (radiusMiles) => {
      const { store } = storeOf(20_000, SPREAD)
      const nearest = nearestOf(store.openIn(EVERYWHERE, 20_000), radiusMiles)
      expect(nearest.length).toBeGreaterThan(0)
      expect(nearest.length).toBeLessThan(1500)
      expect(idsOf(foundBy(store, CENTER, radiusMiles))).toEqual(nearest)
    },
  )

  test('with more than 2,000 in its radius finds the nearest of them, and no more than 2,000', () => {
    const { store } = storeOf(
      60_000,
      SPREAD.replaceAll('1000.0', '10000.0').replace('38.3', '40.5').replace('-76.5', '-74.2'),
    )
    const nearest = nearestOf(store.openIn(EVERYWHERE, 60_000), 50)
    const found = idsOf(foundBy(store, CENTER, 50))
    expect(nearest.length).toBeGreaterThan(10_000)
    expect(found.length).toBeGreaterThan(100)
    expect(found.length).toBeLessThanOrEqual(2000)
    expect(found).toEqual(nearest.slice(0, found.length))
  })

  test('of 5,000 at one place finds its 2,000 oldest', () => {
    const { store } = storeOf(5000, HERE)
    const found = foundBy(store, CENTER, 10)
    expect(found).toHaveLength(2000)
    expect(found.map(({ createdAt }) => createdAt)).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1))
  })

  test('reaches over the date line and the poles', () => {
    const { store } = storeOf(4, 'iif(n < 2, -16.8, 89.99), iif(n % 2, 179.99, -179.99)')
    for (const longitude of [180, -180, 179.95]) {
      expect(tasksNear(store, { latitude: -16.8, longitude }, 5)).toHaveLength(2)
    }
    expect(tasksNear(store, { latitude: 89.99, longitude: 0 }, 5)).toHaveLength(2)
    expect(tasksNear(store, { latitude: -16.8, longitude: 179.5 }, 5)).toEqual([])
  })

  test('walks its index alone through no more than a narrow strip of what is at its longitudes, and sorts nothing', () => {
    const { db, store } = storeOf(1, HERE)
    const box = { ...EVERYWHERE, west: 179, east: -179 }
    const plans = queryPlans(db, () => [store.openIn(box, 10), store.countOpenIn(box, 10)]).flatMap(
      ({ steps }) => steps,
    )
    const onTasks = plans.filter((plan) => plan.includes('tasks'))
    expect(onTasks).toHaveLength(2)
    for (const plan of onTasks)
      expect(plan).toMatch(
        /^SEARCH tasks USING COVERING INDEX tasks_open \(<expr>=\? AND longitude>\? AND longitude<\?\)/,
      )
    expect(plans.join()).not.toContain('TEMP B-TREE')
  })

  test('looks up what tasks ask for by their ids alone', () => {
    const { db, store } = storeOf(1, HERE)
    const [plan] = queryPlans(db, () => store.skillsAskedBy(['a', 'b']))
    expect(plan?.steps[0]).toBe('SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 (id=?)')
  })

  test('finds a task at each edge of the Earth and of a strip', () => {
    const places = [
      [-90, 0],
      [90, -180],
      [0, 180],
      [39.98, 10],
      [40, 10],
      [40.02, 10],
      [-0.02, -0.02],
    ] as const
    for (const [latitude, longitude] of places) {
      const { store } = storeOf(3, `${latitude}, ${longitude}`)
      const box = { south: latitude, north: latitude, west: longitude, east: longitude }
      expect([store.openIn(box, 10).length, store.countOpenIn(box, 2)]).toEqual([3, 2])
    }
  })
})

describe('a list of an account’s tasks', () => {
  const owner = { accountId: 'a', environment: 'live' } as const

  test('counts up to 10,000, and goes on past them', () => {
    const { store } = storeOf(10_010, HERE)
    const { items, total } = store.list(owner, { limit: 5, offset: 10_004 })
    expect([items.length, items[0]?.createdAt, total]).toEqual([5, 6, 10_000])
    expect(store.list(owner, { limit: 5, offset: 0, category: 'event' }).total).toBe(5005)
  })

  test.each([
    [{}, 'tasks_listing'],
    [{ kind: 'bounty', category: 'other' } as const, 'tasks_listing'],
    [{ createdAfter: 1, createdBefore: 9 }, 'tasks_listing'],
    [{ status: 'posted' } as const, 'tasks_of_status'],
    [{ status: 'posted', kind: 'task', category: 'other', createdAfter: 1 } as const, 'tasks_of_status'],
  ])('filtered by %j walks the index %s, and sorts nothing', (filter, index) => {
    const { db, store } = storeOf(1, HERE)
    const plans = queryPlans(db, () => store.list(owner, { limit: 5, offset: 0, ...filter })).flatMap(
      ({ steps }) => steps,
    )
    const onTasks = plans.filter((plan) => plan.includes('tasks'))
    expect(onTasks).toEqual([
      expect.stringContaining(`USING INDEX ${index} `),
      expect.stringContaining(`USING COVERING INDEX ${index} `),
    ])
    expect(plans.join()).not.toContain('TEMP B-TREE')
  })
})

test('what a worker has in hand is found by an index in which no task without a worker stands', () => {
  const { db, store } = storeOf(10, HERE)
  const rows = () =>
    db.$client.prepare(`select sum(ncell) from dbstat where name = 'tasks_worker'`).pluck().get()
  expect(rows()).toBe(0)
  db.$client.exec(`update tasks set worker_id = 'w', status = 'assigned' where id = '000003'`)
  expect(rows()).toBe(1)
  const [plan] = queryPlans(db, () => expect(store.heldBy('w').map(({ id }) => id)).toEqual(['000003']))
  expect(plan?.steps).toEqual(['SEARCH tasks USING INDEX tasks_worker (worker_id=? AND status=?)'])
})
