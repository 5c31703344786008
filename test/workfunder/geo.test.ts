import { expect, test } from 'bun:test'
import { distanceMeters, ROUGH_LATITUDE_MAX, roughPlace } from '../../src/workfunder/geo.ts'

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
  expect(Math.abs(rough.latitude - latitude)).toBeLessThanOrEqual(ROUGH_LATITUDE_MAX + 1e-9)
  expect(roughPlace(rough)).toEqual(rough)
})
