import { expect, test } from 'bun:test'
import { distanceMeters } from '../src/geo.ts'

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
