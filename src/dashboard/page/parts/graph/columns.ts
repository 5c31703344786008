import type { Edge, Placed, Sized } from './placed.ts'

const GAP = 20
const BETWEEN = 60

/** Each step in the column behind the last of those that it waits for. Takes time in proportion to steps and edges. */
export function columns(nodes: readonly Sized[], edges: readonly Edge[]): Placed {
  const column = columnIn(edges)
  const byColumn = Map.groupBy(nodes, ({ id }) => column(id))
  const corners: Placed['corners'] = new Map()
  let [left, height] = [0, 0]
  for (const at of [...byColumn.keys()].sort((a, b) => a - b)) {
    let top = 0
    const stacked = byColumn.get(at) ?? []
    for (const node of stacked) {
      corners.set(node.id, { x: left, y: top })
      top += node.height + GAP
    }
    height = Math.max(height, top - GAP)
    left += Math.max(...stacked.map(({ width }) => width)) + BETWEEN
  }
  return { corners, lines: straight(nodes, edges, corners), width: Math.max(0, left - BETWEEN), height }
}

// --- internal ---

/** @returns how many steps are before one, along the longest way. A plan goes in no circle. */
function columnIn(edges: readonly Edge[]): (id: string) => number {
  const into = Map.groupBy(edges, ({ to }) => to)
  const known = new Map<string, number>()
  const column = (id: string): number => {
    let at = known.get(id)
    if (at === undefined) {
      at = Math.max(0, ...(into.get(id) ?? []).map(({ from }) => column(from) + 1))
      known.set(id, at)
    }
    return at
  }
  return column
}

function straight(
  nodes: readonly Sized[],
  edges: readonly Edge[],
  corners: Placed['corners'],
): Placed['lines'] {
  const sizes = new Map(nodes.map((node) => [node.id, node]))
  const side = (id: string, isRight: boolean) => {
    const [{ x, y }, size] = [corners.get(id) ?? { x: 0, y: 0 }, sizes.get(id)]
    return { x: x + (isRight ? (size?.width ?? 0) : 0), y: y + (size?.height ?? 0) / 2 }
  }
  return edges.map(({ from, to }) => {
    const [start, end] = [side(from, true), side(to, false)]
    return { points: [start, end], labelAt: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } }
  })
}
