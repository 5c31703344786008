import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { boxAround, distanceMeters, ROUGH_METERS_MAX, roughPlace, within } from '../../src/workfunder/geo.ts'

test.each([
  ['nowhere', { latitude: 40.7, longitude: -74 }, { latitude: 40.7, longitude: -74 }, 0, 0],
  ['a degree of latitude', { latitude: 0, longitude: 0 }, { latitude: 1, longitude: 0 }, 111_195, 1],
  [
    'New York to London',
    { latitude: 40.7128, longitude: -74.006 },
    { latitude: 51.5074, longitude: -0.1278 },
    5_570_000,
    5000,
  ],
  ['across the date line', { latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 }, 22_239, 1],
  ['pole to pole', { latitude: 90, longitude: 0 }, { latitude: -90, longitude: 123 }, 20_015_115, 1],
])('%s is as far as the map says', (_, a, b, meters, tolerance) => {
  expect(Math.abs(distanceMeters(a, b) - meters)).toBeLessThanOrEqual(tolerance)
})

test.each([
  [40.758, -73.9855],
  [0, 0],
  [90, 0],
  [-90, 180],
  [89.999, -180],
  [-16.8, 180],
  [71.3, -156.8],
])('a rough place is on the Earth and within 800 m of %p, %p', (latitude, longitude) => {
  const rough = roughPlace({ latitude, longitude })
  expect(Math.abs(rough.latitude)).toBeLessThan(90)
  expect(Math.abs(rough.longitude)).toBeLessThanOrEqual(180)
  expect(distanceMeters({ latitude, longitude }, rough)).toBeLessThan(800)
  expect(roughPlace(rough)).toEqual(rough)
})

/** Half of them within a degree of a pole, where meridians meet. */
const place = fc.record({
  latitude: fc.oneof(
    fc.double({ min: -90, max: 90, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }).chain((off) => fc.constantFrom(90 - off, off - 90)),
  ),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
})

test('no place on the Earth is farther from its rough place than is said', () => {
  fc.assert(
    fc.property(place, (point) => {
      expect(distanceMeters(point, roughPlace(point))).toBeLessThanOrEqual(ROUGH_METERS_MAX)
    }),
    { numRuns: 2000 },
  )
})

test('a box around a place holds whatever is so near, over poles and date line too', () => {
  fc.assert(
    fc.property(place, place, (center, point) => {
      const { south, north, west, east } = boxAround(center, distanceMeters(center, point))
      expect(south <= point.latitude && point.latitude <= north).toBe(true)
      const { longitude } = point
      const isBetween =
        west <= east ? west <= longitude && longitude <= east : longitude >= west || longitude <= east
      expect(isBetween).toBe(true)
    }),
    {
      numRuns: 2000,
      examples: [
        [
          { latitude: -90, longitude: 0 },
          { latitude: 89.99999154309317, longitude: 0 },
        ],
      ],
    },
  )
})

test('what is within a radius comes nearest first, what is equally near as it compares, and nothing from beyond', () => {
  const [here, near, far] = [0, 0.01, 0.02].map((latitude) => ({ latitude, longitude: 0 }))
  const items = [
    { name: 'far', place: far },
    { name: 'b', place: near },
    { name: 'here', place: here },
    { name: 'a', place: near },
  ] as const
  const found = within(
    { center: { latitude: 0, longitude: 0 }, radiusMeters: 1112 },
    items,
    ({ place }) => place ?? { latitude: 90, longitude: 0 },
    (a, b) => a.name.localeCompare(b.name),
  )
  expect(found.map(({ item, distanceMeters }) => [item.name, distanceMeters])).toEqual([
    ['here', 0],
    ['a', 1112],
    ['b', 1112],
  ])
})
