import { distanceMeters, type Point } from '../geo.ts'
import type { Task } from '../workfunder/task.ts'

export type NearTask = { task: Task; distanceMeters: number }

const METERS_PER_MILE = 1609.344

/** @returns the tasks within the radius, nearest first, the older first where they are equally near. */
export function tasksNear(tasks: readonly Task[], center: Point, radiusMiles: number): NearTask[] {
  return tasks
    .map((task) => ({ task, distanceMeters: distanceMeters(center, task) }))
    .filter((near) => near.distanceMeters <= radiusMiles * METERS_PER_MILE)
    .sort((a, b) => a.distanceMeters - b.distanceMeters || a.task.createdAt - b.task.createdAt)
}
