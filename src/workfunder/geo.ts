export type Point = { latitude: number; longitude: number }

export const METERS_PER_MILE = 1609.344

/** Of latitude; of longitude at the equator. */
export const METERS_PER_DEGREE = 111_195

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

/** A thing, and how far it is. */
export type Near<T> = { item: T; distanceMeters: number }

/**
 * @param placeOf where each thing counts as being
 * @param compare decides between things that are equally near
 * @returns what lies within the radius, nearest first
 */
export function within<T>(
  { center, radiusMeters }: { center: Point; radiusMeters: number },
  items: readonly T[],
  placeOf: (item: T) => Point,
  compare: (a: T, b: T) => number,
): Near<T>[] {
  return items
    .map((item) => ({ item, distanceMeters: distanceMeters(center, placeOf(item)) }))
    .filter((near) => near.distanceMeters <= radiusMeters)
    .sort((a, b) => a.distanceMeters - b.distanceMeters || compare(a.item, b.item))
}

/** A part of the Earth, in degrees; one that lies across the date line is west of itself: west > east. */
export type Box = { south: number; north: number; west: number; east: number }

/** @returns a box that holds every point so near, and some that are farther off. */
export function boxAround({ latitude, longitude }: Point, radiusMeters: number): Box {
  const angle = (radiusMeters + INEXACT_METERS_MAX) / EARTH_RADIUS_METERS
  const degrees = (radians: number) => (radians * 180) / Math.PI
  const [south, north] = [latitude - degrees(angle), latitude + degrees(angle)]
  if (south <= -90 || north >= 90) return { south, north, west: -180, east: 180 }
  const aside = degrees(Math.asin(Math.sin(angle) / Math.cos((latitude * Math.PI) / 180)))
  const [west, east] = [longitude - aside, longitude + aside]
  return { south, north, west: west < -180 ? west + 360 : west, east: east > 180 ? east - 360 : east }
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

/** How far a place is from its rough place at most: near a pole, where a square is twice as wide at one side. */
export const ROUGH_METERS_MAX = 1250

// --- internal ---

const ROWS_PER_DEGREE = 100

/**
 * How much farther a place may be than `distanceMeters` says: half a metre by its rounding, and a third where it lies
 * at the other end of the Earth: the haversine's sum is next to 1 there, where its last bit is 0.1 to 0.2 m.
 */
const INEXACT_METERS_MAX = 1
