import { and, between, gte, lte, or, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'

type Place = { latitude: SQLiteColumn; longitude: SQLiteColumn }

/** A part of the Earth, in degrees; one that lies across the date line has west > east. */
type Box = { south: number; north: number; west: number; east: number }

/** Holds for the rows of a table whose place lies in the box. */
export function liesIn({ latitude, longitude }: Place, { south, north, west, east }: Box): SQL | undefined {
  const isBetween =
    west <= east ? between(longitude, west, east) : or(gte(longitude, west), lte(longitude, east))
  return and(between(latitude, south, north), isBetween)
}
