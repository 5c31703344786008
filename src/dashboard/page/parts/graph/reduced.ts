import type { Edge } from './placed.ts'

/**
 * The edges without those that others make plain: where a condition opens a whole chain, an arrow to its first step says it.
 * Takes time in proportion to the edges times what leaves one step.
 */
export function reduced(edges: readonly Edge[]): Edge[] {
  const leaving = Map.groupBy(edges, ({ from }) => from)
  const reach = reachIn(leaving)
  return edges.filter(({ from, to, label }) => {
    const others = leaving.get(from) ?? []
    return !others.some((other) => other.label === label && other.to !== to && reach(other.to).has(to))
  })
}

// --- internal ---

/** @returns what comes after a step, near or far. A plan goes in no circle. */
function reachIn(leaving: ReadonlyMap<string, readonly Edge[]>): (id: string) => ReadonlySet<string> {
  const known = new Map<string, Set<string>>()
  const reach = (id: string): Set<string> => {
    const before = known.get(id)
    if (before) return before
    const all = new Set<string>()
    known.set(id, all)
    for (const { to } of leaving.get(id) ?? []) {
      all.add(to)
      for (const far of reach(to)) all.add(far)
    }
    return all
  }
  return reach
}
