import type { Json } from '../../src/lib/json-object.ts'
import type { CanvasState, Step } from '../../src/workflows/plan/step.ts'

/** A step of a definition; of the type "action" unless it says otherwise. */
export function step(id: string, type = 'action', config: Json = {}): Step {
  return { id, type, config, ...(type === 'action' && { action: 'test.do' }) }
}

/** Steps of the type "action" with these ids: "a b c". */
export function plain(ids: string): Step[] {
  return ids.split(' ').map((id) => step(id))
}

/** A canvas with these edges, "a>b" or "check:true>b", and whatever else it holds. */
export function canvas(edges: string, more: CanvasState = {}): CanvasState {
  const drawn = edges.split(' ').flatMap((edge) => {
    const [from = '', target = ''] = edge.split('>')
    const [source = '', sourceHandle] = from.split(':')
    return edge ? [{ source, target, ...(sourceHandle && { sourceHandle }) }] : []
  })
  return { edges: drawn, ...more }
}
