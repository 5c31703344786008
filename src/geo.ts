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

/**
 * Says where somebody is, and not where exactly: distances to a point itself give it away after three of them.
 * @returns the middle of the square, about a kilometre wide, of a fixed grid in which the point lies.
 */
export function roughPlace({ latitude, longitude }: Point): Point {
  const row = Math.min(Math.floor((latitude + 90) * ROWS_PER_DEGREE), 180 * ROWS_PER_DEGREE - 1)
  const middle = (row + 0.5) / ROWS_PER_DEGREE - 90
  // A degree of longitude is shorter the farther it is from the equator.
  const columns = Math.ceil(360 * ROWS_PER_DEGREE * Math.cos((middle * Math.PI) / 180))
  const column = Math.min(Math.floor(((longitude + 180) / 360) * columns), columns - 1)
  return { latitude: middle, longitude: ((column + 0.5) / columns) * 360 - 180 }
}

/** How far a place is from its rough place at most, in degrees of latitude. */
export const ROUGH_LATITUDE_MAX = 0.005

// --- internal ---

const ROWS_PER_DEGREE = 100
