import { boxAround, METERS_PER_MILE, type Near, type Point, within } from '../geo.ts'
import type { OpenTask } from '../tasks/open-task-store.ts'
import type { TaskWork } from '../tasks/task-work.ts'
import { missingSkills } from '../workers/skills.ts'

/** How many tasks a search looks at, in some 5 ms; longer lists are of no use. */
const SEARCHED_MAX = 2000

/** The smallest radius to narrow a search to: where even that holds too many tasks, the oldest of them are taken. */
const RADIUS_METERS_MIN = 50

/**
 * Of tasks that `tasksNear` found those that a worker with these skills may take. They are looked at afterwards: a search for
 * those alone might walk through half a million others.
 */
export function tasksFor(
  skills: readonly string[],
  near: readonly Near<OpenTask>[],
  { skillsAskedBy }: Pick<TaskWork, 'skillsAskedBy'>,
): Near<OpenTask>[] {
  const asked = skillsAskedBy(near.map(({ item }) => item.id))
  return near.filter(({ item }) => missingSkills(skills, asked.get(item.id) ?? []).length === 0)
}

/**
 * @returns the open tasks within the radius, nearest first, the older first where they are equally near. Where
 * the square around it holds more than 2,000, those within a smaller radius, so that the nearest are always there.
 */
export function tasksNear(
  { openIn, countOpenIn }: Pick<TaskWork, 'openIn' | 'countOpenIn'>,
  center: Point,
  radiusMiles: number,
): Near<OpenTask>[] {
  let radiusMeters = radiusMiles * METERS_PER_MILE
  const holdsTooMany = () => countOpenIn(boxAround(center, radiusMeters), SEARCHED_MAX + 1) > SEARCHED_MAX
  // Half the area each time.
  while (radiusMeters > RADIUS_METERS_MIN && holdsTooMany()) radiusMeters /= Math.SQRT2

  const open = openIn(boxAround(center, radiusMeters), SEARCHED_MAX)
  return within(
    { center, radiusMeters },
    open,
    (task) => task,
    (a, b) => a.createdAt - b.createdAt,
  )
}
