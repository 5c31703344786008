import { describe, expect, test } from 'bun:test'
import { secretOf } from '../../../src/data-folder/secret.ts'
import { adoptSecret } from '../../../src/db/secret-record.ts'
import { createKeyHash } from '../../../src/keys/hash.ts'
import { createVerifier } from '../../../src/keys/verifier.ts'
import { distanceMeters, roughPlace } from '../../../src/workfunder/geo.ts'
import { createWorkers, type NewWorker } from '../../../src/workfunder/workers/workers.ts'
import { OPERATOR, withAudit } from '../../helpers/audit.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { TEST_BCRYPT_COST } from '../../helpers/test-app.ts'
import { testDatabase } from '../../helpers/test-database.ts'

const TIMES_SQUARE = { latitude: 40.758, longitude: -73.9855 }
const BROOKLYN_BRIDGE = { latitude: 40.7061, longitude: -73.9969 }
const BOSTON = { latitude: 42.3601, longitude: -71.0589 }

const ADA: NewWorker = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  city: 'New York',
  state: 'NY',
  ...TIMES_SQUARE,
}

function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const open = (secret = 1) =>
    createWorkers({
      ...withAudit({ db, clock }),
      keyHash: createKeyHash(TEST_BCRYPT_COST),
      verifier: createVerifier(secretOf(Buffer.alloc(32, secret))),
    })
  return { db, clock, open, workers: open() }
}

const nearby = { ...TIMES_SQUARE, radiusMiles: 10, skills: [], limit: 20, offset: 0 }

describe('a worker’s key', () => {
  test('opens from the moment it is made, and after a restart', async () => {
    const { workers, open } = setUp()
    const { id, token } = await workers.create(ADA, OPERATOR)
    expect(token).toMatch(/^wfw_[0-9A-Za-z]{40}$/)
    expect(workers.check(token)).toMatchObject({ id, firstName: 'Ada' })
    expect(open().check(token)).toMatchObject({ id })
  })

  test('is stored neither whole nor beyond its prefix', async () => {
    const { db, workers } = setUp()
    const { token } = await workers.create(ADA, OPERATOR)
    const dump = db.$client.serialize().toString('latin1')
    expect(dump).toContain(token.slice(0, 20))
    expect(dump).not.toContain(token.slice(20))
  })

  test('is refused where only its prefix is right, or where it is another API’s', async () => {
    const { workers } = setUp()
    const { token } = await workers.create(ADA, OPERATOR)
    const wrong = token.slice(0, -1) + (token.endsWith('x') ? 'y' : 'x')
    for (const presented of [
      wrong,
      token.slice(0, -1),
      `${token}x`,
      token.replace('wfw_', 'wfx_'),
      '',
      'wfw_',
    ]) {
      expect(workers.check(presented)).toBe('invalid')
    }
  })

  test('is refused once its worker is suspended', async () => {
    const { workers } = setUp()
    const { id, token } = await workers.create(ADA, OPERATOR)
    expect(workers.suspend(id, OPERATOR).status).toBe('suspended')
    expect(workers.check(token)).toBe('invalid')
    expect(workers.suspend(id, OPERATOR).status).toBe('suspended')
  })

  test('is proved by bcrypt once after secret.key was lost, and by its verifier from then on', async () => {
    const { db, workers, open } = setUp()
    adoptSecret(db, 'first')
    const { id, token } = await workers.create(ADA, OPERATOR)
    adoptSecret(db, 'second')
    const after = open(2)
    expect(after.check(token)).toBe('unproven')
    expect(await after.prove(`${token.slice(0, -1)}!`)).toBe('invalid')
    expect(await after.prove(token)).toMatchObject({ id })
    expect(after.check(token)).toMatchObject({ id })
  })

  test('that bcrypt has refused is refused without it from then on, and the right one is not', async () => {
    const { db, workers, open } = setUp()
    adoptSecret(db, 'first')
    const { id, token } = await workers.create(ADA, OPERATOR)
    adoptSecret(db, 'second')
    const after = open(2)
    const wrong = token.slice(0, 20) + 'x'.repeat(24)
    expect(after.check(wrong)).toBe('unproven')
    expect(await after.prove(wrong)).toBe('invalid')
    expect(after.check(wrong)).toBe('invalid')
    expect(after.check(token)).toBe('unproven')
    expect(await after.prove(token)).toMatchObject({ id })
  })

  test('is refused where its worker is suspended while bcrypt works', async () => {
    const { db, workers, open } = setUp()
    adoptSecret(db, 'first')
    const { id, token } = await workers.create(ADA, OPERATOR)
    adoptSecret(db, 'second')
    const after = open(2)
    const proving = after.prove(token)
    after.suspend(id, OPERATOR)
    expect(await proving).toBe('invalid')
  })
})

/** Half the diagonal of the grid that distances are measured to. */
const ROUGH_METERS = 800

describe('a search in the live environment', () => {
  async function withWorkers() {
    const { workers } = setUp()
    await workers.create(
      { ...ADA, firstName: 'Far', ...BROOKLYN_BRIDGE, skills: ['notary', 'driving'] },
      OPERATOR,
    )
    await workers.create({ ...ADA, firstName: 'Near', skills: ['photography'] }, OPERATOR)
    await workers.create({ ...ADA, firstName: 'Boston', ...BOSTON }, OPERATOR)
    const namesOf = (change: object) => {
      const { items, total } = workers.search('live', { ...nearby, ...change })
      return { names: items.map(({ item }) => item.firstName), total }
    }
    return { workers, namesOf }
  }

  test('finds who is within the radius, nearest first', async () => {
    const { workers, namesOf } = await withWorkers()
    expect(namesOf({})).toEqual({ names: ['Near', 'Far'], total: 2 })
    expect(namesOf({ radiusMiles: 3 })).toEqual({ names: ['Near'], total: 1 })
    expect(namesOf(BOSTON)).toEqual({ names: ['Boston'], total: 1 })
    const [, far] = workers.search('live', nearby).items
    // 5850 by the spherical law of cosines, which is not the formula under test.
    expect(Math.abs((far?.distanceMeters ?? 0) - 5850)).toBeLessThanOrEqual(ROUGH_METERS)
  })

  test('gives nobody’s home away: neighbours are as far as each other from everywhere, and in the same radius', async () => {
    const { workers } = setUp()
    const one = await workers.create({ ...ADA, firstName: 'One' }, OPERATOR)
    const two = await workers.create(
      { ...ADA, firstName: 'Two', latitude: 40.7592, longitude: -73.9871 },
      OPERATOR,
    )
    expect(distanceMeters(one, two)).toBeGreaterThan(150)
    const totals: number[] = []
    for (let i = 0; i < 400; i++) {
      const center = {
        latitude: 40.7 + ((i * 7) % 40) * 0.003,
        longitude: -74.05 + ((i * 11) % 40) * 0.003,
      }
      const { items, total } = workers.search('live', {
        ...nearby,
        ...center,
        radiusMiles: 0.2 + (i % 40) / 10,
      })
      const distances = items.map((item) => item.distanceMeters)
      expect([distances.length, new Set(distances).size]).toEqual([total, total / 2])
      totals.push(total)
    }
    expect(new Set(totals)).toEqual(new Set([0, 2]))
  })

  test('finds who has at least one of the skills', async () => {
    const { namesOf } = await withWorkers()
    expect(namesOf({ skills: ['notary', 'photography'] }).names).toEqual(['Near', 'Far'])
    expect(namesOf({ skills: ['notary', 'cleaning'] }).names).toEqual(['Far'])
    expect(namesOf({ skills: ['cleaning'] })).toEqual({ names: [], total: 0 })
  })

  test('gives a page, and tells how many there are in all', async () => {
    const { namesOf } = await withWorkers()
    expect(namesOf({ limit: 1 })).toEqual({ names: ['Near'], total: 2 })
    expect(namesOf({ limit: 1, offset: 1 })).toEqual({ names: ['Far'], total: 2 })
    expect(namesOf({ offset: 2 })).toEqual({ names: [], total: 2 })
  })

  test('reaches over the date line', async () => {
    const { workers } = setUp()
    await workers.create({ ...ADA, latitude: -16.8, longitude: 179.99 }, OPERATOR)
    const found = workers.search('live', { ...nearby, latitude: -16.8, longitude: -179.99 })
    expect(Math.abs((found.items[0]?.distanceMeters ?? 0) - 2129)).toBeLessThanOrEqual(ROUGH_METERS)
  })

  test('finds who lives beyond a pole, and who counts as nearer than the home is', async () => {
    const { workers } = setUp()
    await workers.create({ ...ADA, firstName: 'Pole', latitude: 89.99, longitude: 180 }, OPERATOR)
    const home = { latitude: 40.7581, longitude: -73.9855 }
    await workers.create({ ...ADA, firstName: 'Ada', ...home }, OPERATOR)
    const search = (center: object, radiusMiles: number) =>
      workers.search('live', { ...nearby, ...center, radiusMiles }).items.map(({ item }) => item.firstName)
    expect(search({ latitude: 89.99, longitude: 0 }, 2)).toEqual(['Pole'])
    const rough = roughPlace(home)
    expect(distanceMeters(home, rough)).toBeGreaterThan(160)
    expect(search(rough, 0.1)).toEqual(['Ada'])
  })

  test('finds nobody who is suspended, and nobody who is made up', async () => {
    const { workers } = setUp()
    const { id } = await workers.create(ADA, OPERATOR)
    expect(workers.find('live', id)).toMatchObject({ id })
    workers.suspend(id, OPERATOR)
    expect(workers.search('live', nearby)).toEqual({ items: [], total: 0 })
    const [madeUp] = workers.search('test', nearby).items
    for (const hidden of [id, madeUp?.item.id ?? '']) {
      expect(() => workers.find('live', hidden)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    }
  })
})

describe('creating a worker refuses', () => {
  test.each([
    ['firstName', { firstName: '' }],
    ['lastName', { lastName: '\u0007' }],
    ['city', { city: ' ' }],
    ['state', { state: 'New York' }],
    ['latitude', { latitude: 90.01 }],
    ['latitude', { latitude: Number.NaN }],
    ['longitude', { longitude: -180.01 }],
    ['skills[1]', { skills: ['driving', 'Driving'] }],
    ['skills[1]', { skills: ['driving', 'driving'] }],
    ['hourlyRateCents', { hourlyRateCents: 12.5 }],
    ['hourlyRateCents', { hourlyRateCents: -1 }],
  ])('a wrong %s: %p', async (field, change) => {
    const { workers } = setUp()
    await expect(workers.create({ ...ADA, ...change }, OPERATOR)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
    expect(workers.list()).toEqual([])
  })
})
