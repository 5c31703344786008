import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { distanceMeters } from '../../../src/workfunder/geo.ts'
import {
  fictionalWorker,
  fictionalWorkerById,
  fictionalWorkersAt,
} from '../../../src/workfunder/workers/fictional-workers.ts'
import { WORKER_SKILLS } from '../../../src/workfunder/workers/skills.ts'

const TEN_MILES_METERS = 16_093
const TIMES_SQUARE = { latitude: 40.758, longitude: -73.9855 }

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
})

describe('wherever one looks', () => {
  test('eight workers live within 10 miles, at places on Earth, with every skill among them', () => {
    fc.assert(
      fc.property(place, (center) => {
        const workers = fictionalWorkersAt(center)
        expect(new Set(workers.map(({ id }) => id)).size).toBe(8)
        expect(new Set(workers.flatMap(({ skills }) => skills)).size).toBe(WORKER_SKILLS.length)
        for (const worker of workers) {
          expect(Math.abs(worker.latitude)).toBeLessThanOrEqual(90)
          expect(Math.abs(worker.longitude)).toBeLessThanOrEqual(180)
          expect(distanceMeters(center, worker)).toBeLessThanOrEqual(TEN_MILES_METERS)
        }
      }),
    )
  })

  test('each has an id of WorkFunder’s form by which the same worker is found again', () => {
    fc.assert(
      fc.property(place, (center) => {
        for (const worker of fictionalWorkersAt(center)) {
          expect(worker.id).toMatch(/^[0-9a-f]{32}$/)
          expect(fictionalWorkerById(worker.id)).toEqual(worker)
        }
      }),
    )
  })

  test('the one that takes a task is always the same, and one that a search shows', () => {
    fc.assert(
      fc.property(place, fc.string(), (center, seed) => {
        const worker = fictionalWorker(seed, center)
        expect(fictionalWorker(seed, center)).toEqual(worker)
        expect(fictionalWorkersAt(center)).toContainEqual(worker)
      }),
    )
  })
})

test('a task that is given back goes to somebody else, eight times over', () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const ids = [0, 1, 2, 3, 4, 5, 6, 7].map((turn) => fictionalWorker(seed, TIMES_SQUARE, turn).id)
      expect(new Set(ids).size).toBe(8)
    }),
  )
})

test('who is made up stays the same from release to release', () => {
  expect(fictionalWorkersAt(TIMES_SQUARE)[0]).toMatchInlineSnapshot(`
    {
      "city": "Testville",
      "firstName": "Divya",
      "hourlyRateCents": 3500,
      "id": "95400e380695e0aa878d643314296900",
      "lastName": "Hassan",
      "latitude": 40.756481,
      "longitude": -73.990987,
      "reputationScore": 80,
      "skills": [
        "driving",
        "spanish_speaking",
        "mandarin_speaking",
        "data_entry",
      ],
      "state": "ZZ",
    }
  `)
})

test.each([
  '',
  'x',
  '0'.repeat(32),
  'f'.repeat(32),
  fictionalWorkersAt(TIMES_SQUARE)[0]?.id.replace(/^./, 'g') ?? '',
])('nobody has the id %p', (id) => {
  expect(fictionalWorkerById(id)).toBeNull()
})
