import type { Edge, Placed, Sized } from './placed.ts'

const GAP = 20
const LABEL = { width: 40, height: 16, labelpos: 'c' } as const

/** By dagre, which is fetched when the first graph is drawn: few crossings, at a price that grows steeply with the steps. */
export async function layered(nodes: readonly Sized[], edges: readonly Edge[]): Promise<Placed> {
  const { graphlib, layout } = await import('@dagrejs/dagre')
  const sheet = new graphlib.Graph({ multigraph: true })
  sheet.setGraph({ rankdir: 'LR', nodesep: GAP, ranksep: GAP * 2, edgesep: GAP / 2 })
  for (const { id, width, height } of nodes) sheet.setNode(id, { width, height })
  edges.forEach(({ from, to, label }, i) => {
    sheet.setEdge(from, to, label === null ? {} : { ...LABEL }, String(i))
  })
  layout(sheet)
  const corners: Placed['corners'] = new Map()
  for (const { id, width, height } of nodes) {
    const { x, y } = sheet.node(id)
    corners.set(id, { x: x - width / 2, y: y - height / 2 })
  }
  const lines = edges.map(({ from, to }, i) => {
    const { points, x = 0, y = 0 } = sheet.edge(from, to, String(i))
    return { points, labelAt: { x, y } }
  })
  const { width = 0, height = 0 } = sheet.graph()
  return { corners, lines, width, height }
}
