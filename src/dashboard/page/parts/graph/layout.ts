import { columns } from './columns.ts'
import { layered } from './layered.ts'
import type { Edge, Graph, Placed, Point, Sized } from './placed.ts'
import { reduced } from './reduced.ts'

/** In pixels from the left upper corner of the drawing. */
export type Box = Graph['nodes'][number] & Point & Sized & { isContainer: boolean }

export type Arrow = Edge & Placed['lines'][number]

export type Drawing = { boxes: Box[]; arrows: Arrow[]; width: number; height: number }

/** Room at a container's top for its name, in pixels. */
export const HEADER = 30

/** Beyond so many steps and arrows side by side dagre would hold the page for longer than a blink. */
const LAYERED_MAX = 100

/** Beyond so many arrows a drawing is no help to anybody. */
const ARROWS_MAX = 3000

/**
 * Finds a place for all steps, from left to right. What is in a loop or parallel is placed first, and stands in it as one
 * whole: dagre itself has no arrows that end at a container.
 * @returns null: there are too many arrows for a drawing.
 */
export async function layoutOf(graph: Graph): Promise<Drawing | null> {
  if (graph.edges.length > ARROWS_MAX) return null
  const arrows = reduced(graph.edges)
  const children = Map.groupBy(graph.nodes, ({ parent }) => parent)

  async function place(parent: string | null): Promise<Drawing> {
    const nodes = children.get(parent) ?? []
    const inside = new Map<string, Drawing>()
    for (const { id } of nodes) if (children.has(id)) inside.set(id, await place(id))
    const sized = nodes.map(({ id }) => ({ id, ...sizeWith(inside.get(id)) }))
    const ids = new Set(nodes.map(({ id }) => id))
    const edges = arrows.filter(({ from, to }) => ids.has(from) && ids.has(to))
    const isLarge = nodes.length + edges.length > LAYERED_MAX
    const placed = isLarge ? columns(sized, edges) : await layered(sized, edges)
    return drawn(nodes, sized, edges, placed, inside)
  }

  return place(null)
}

// --- internal ---

const NODE = { width: 168, height: 46 }
const PAD = 14

function sizeWith(inside: Drawing | undefined): { width: number; height: number } {
  if (!inside) return NODE
  return {
    width: Math.max(NODE.width, inside.width + 2 * PAD),
    height: inside.height + HEADER + 2 * PAD,
  }
}

function drawn(
  nodes: Graph['nodes'],
  sized: readonly Sized[],
  edges: readonly Edge[],
  { corners, lines, width, height }: Placed,
  inside: ReadonlyMap<string, Drawing>,
): Drawing {
  const drawing: Drawing = { boxes: [], arrows: [], width, height }
  nodes.forEach((node, i) => {
    const [corner, size, within] = [corners.get(node.id), sized[i], inside.get(node.id)]
    if (!corner || !size) return
    drawing.boxes.push({ ...node, ...size, ...corner, isContainer: within !== undefined })
    if (!within) return
    const moved = movedBy(within, { x: corner.x + PAD, y: corner.y + HEADER + PAD })
    drawing.boxes.push(...moved.boxes)
    drawing.arrows.push(...moved.arrows)
  })
  edges.forEach((edge, i) => {
    const line = lines[i]
    if (line) drawing.arrows.push({ ...edge, ...line })
  })
  return drawing
}

function movedBy({ boxes, arrows, ...size }: Drawing, by: Point): Drawing {
  const moved = ({ x, y }: Point) => ({ x: x + by.x, y: y + by.y })
  return {
    ...size,
    boxes: boxes.map((box) => ({ ...box, ...moved(box) })),
    arrows: arrows.map((arrow) => ({
      ...arrow,
      points: arrow.points.map(moved),
      labelAt: moved(arrow.labelAt),
    })),
  }
}
