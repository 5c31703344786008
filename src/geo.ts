export type Point = { latitude: number; longitude: number }

/** IUGG's mean radius. */
const EARTH_RADIUS_METERS = 6_371_008.8

/** @returns the great-circle distance by the haversine formula, in whole metres. */
export function distanceMeters(a: Point, b: Point): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180
  const dLatitude = rad(b.latitude - a.latitude)
  const dLongitude = rad(b.longitude - a.longitude)
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.sin(dLongitude / 2) ** 2
  return Math.round(2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(h))))
}
