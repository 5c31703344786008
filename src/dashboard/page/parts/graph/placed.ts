import type { admin } from '../../operations.ts'

export type Graph = Awaited<ReturnType<typeof admin.workflows.show>>['graph']

export type Edge = Graph['edges'][number]

export type Point = { x: number; y: number }

/** A step with the room that it takes, in pixels. */
export type Sized = { id: string; width: number; height: number }

/** Where steps stand, in pixels from the left upper corner, and the line of each edge, in the order of the edges. */
export type Placed = {
  corners: Map<string, Point>
  lines: { points: Point[]; labelAt: Point }[]
  width: number
  height: number
}
