import type { Plan, PlanNode } from './plan.ts'

/** A plan as it is drawn: what runs, in which order; what a disabled block leaves out is not in it. */
export type Graph = { nodes: GraphNode[]; edges: GraphEdge[] }

export type GraphNode = {
  id: string
  name: string | null
  type: string
  /** The loop or the parallel around it; null: none. */
  parent: string | null
}

/** `to` waits for `from`. */
export type GraphEdge = {
  from: string
  to: string
  /** The outcome of a condition that opens the way; null: `from` only has to be done. */
  label: string | null
}

/** Takes time in proportion to the plan, whose depth is bounded (bodies.ts). */
export function graphOf(plan: Plan): Graph {
  const graph: Graph = { nodes: [], edges: [] }
  draw(plan, null, graph)
  return graph
}

// --- internal ---

function draw({ nodes }: Plan, parent: string | null, graph: Graph): void {
  for (const node of nodes) {
    const { id, name = null, type } = node.step
    graph.nodes.push({ id, name, type, parent })
    graph.edges.push(...edgesInto(node))
    for (const body of node.bodies) draw(body, id, graph)
  }
}

/** Where a step is both behind another and behind its outcome, the outcome is what opens the way. */
function edgesInto({ step, after, gates }: PlanNode): GraphEdge[] {
  const gated = new Set(gates.map(({ from }) => from))
  const plain = after.filter((id) => !gated.has(id)).map((from) => ({ from, label: null }))
  const opened = gates.map(({ from, handle }) => ({ from, label: handle }))
  return [...plain, ...opened].map(({ from, label }) => ({ from, to: step.id, label }))
}
