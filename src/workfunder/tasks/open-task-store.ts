import { and, asc, between, count, inArray, ne, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { BANDS_PER_DEGREE, LATITUDE_BAND, OPEN, tasks } from '../../db/schema/tasks.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Box } from '../geo.ts'

/** What a search of open tasks compares. */
export type OpenTask = Pick<typeof tasks.$inferSelect, 'id' | 'latitude' | 'longitude' | 'createdAt'>

/**
 * The live tasks in a box that wait for a worker. Each strip of latitude is asked for by itself, in some 5 µs: an index by
 * latitude alone had to be walked through all that lies as far north, which half a million tasks made 170 ms.
 */
export function createOpenTaskStore(db: Db) {
  const { id, latitude, longitude, createdAt } = tasks

  const openIn = lazily(() =>
    db
      .select({ id, latitude, longitude, createdAt })
      .from(tasks)
      .where(IS_OPEN_IN_STRIP)
      .orderBy(asc(longitude), asc(latitude), asc(createdAt))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )

  const countOpenIn = lazily(() => {
    const counted = db.select({ id }).from(tasks).where(IS_OPEN_IN_STRIP).limit(sql.placeholder('limit'))
    return db.select({ n: count() }).from(counted.as('counted')).prepare()
  })

  const asking = lazily(() =>
    db
      .select({ id, requiredSkills: tasks.requiredSkills })
      .from(tasks)
      .where(
        and(
          inArray(id, sql`(select value from json_each(${sql.placeholder('ids')}))`),
          ne(tasks.requiredSkills, '[]'),
        ),
      )
      .prepare(),
  )

  return {
    /** Of these tasks those that ask for skills, with what they ask for. */
    skillsAskedBy(ids: readonly string[]): Map<string, string[]> {
      const rows = asking().all({ ids: JSON.stringify(ids) })
      return new Map(rows.map((row) => [row.id, JSON.parse(row.requiredSkills)]))
    },

    /** At most so many: by strips from south to north, in each from west to east; the older first at one place. */
    openIn(box: Box, limit: number): OpenTask[] {
      const open: OpenTask[] = []
      for (const strip of stripsOf(box)) {
        if (open.length === limit) break
        open.push(...openIn().all({ ...strip, limit: limit - open.length }))
      }
      return open
    },

    /** How many those are; no more than `limit` are counted. */
    countOpenIn(box: Box, limit: number): number {
      let counted = 0
      for (const strip of stripsOf(box)) {
        if (counted === limit) break
        counted += countOpenIn().get({ ...strip, limit: limit - counted })?.n ?? 0
      }
      return counted
    },
  }
}

// --- internal ---

/** A part of a strip of latitude that lies in a box, on one side of the date line. */
type Strip = Box & { band: number }

const p = (name: keyof Strip) => sql.placeholder(name)

const IS_OPEN_IN_STRIP: SQL | undefined = and(
  sql.raw(OPEN),
  sql`${sql.raw(LATITUDE_BAND)} = ${p('band')}`,
  between(tasks.longitude, p('west'), p('east')),
  between(tasks.latitude, p('south'), p('north')),
)

function* stripsOf({ south, north, west, east }: Box): Generator<Strip> {
  const sides =
    west <= east
      ? [{ west, east }]
      : [
          { west, east: 180 },
          { west: -180, east },
        ]
  for (let band = bandOf(south); band <= bandOf(north); band++) {
    for (const side of sides) yield { band, south, north, ...side }
  }
}

function bandOf(latitude: number): number {
  return Math.trunc((Math.min(Math.max(latitude, -90), 90) + 90) * BANDS_PER_DEGREE)
}
