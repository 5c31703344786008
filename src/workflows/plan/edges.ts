import { kindOf } from '../steps/kinds.ts'
import { mentions } from '../steps/mentions.ts'
import type { CanvasState, Step } from './step.ts'

/** What makes one step wait for another. */
export type Edge = {
  /** null: the trigger. */
  from: string | null
  to: string
  /** The outcome of a condition that it depends on; null: `from` only has to be done. */
  handle: Handle | null
  /** An edge of the canvas; otherwise a condition names the step. */
  drawn: boolean
  /** The field of the definition: canvasState.edges[3], steps[2].config.then[0]. */
  field: string
}

export type Handle = 'true' | 'false'

/** All edges of the canvas, and what conditions name in `then` and `else`: a list of ids, or one id. */
export function edgesOf(steps: readonly Step[], canvas: CanvasState | null): Edge[] {
  return [...drawnEdges(steps, canvas), ...steps.flatMap(writtenEdges)]
}

// --- internal ---

/** The names that Studio gives a condition's two outcomes, and those seen beside them. */
const HANDLES: ReadonlyMap<unknown, Handle> = new Map([
  ['true', 'true'],
  ['condition-true', 'true'],
  ['if', 'true'],
  ['false', 'false'],
  ['condition-false', 'false'],
  ['else', 'false'],
])

function writtenEdges(step: Step, i: number): Edge[] {
  if (kindOf(step) !== 'condition') return []
  const { then, else: otherwise } = step.config
  const edge = (handle: Handle) => (to: { id: string; field: string }) => ({
    from: step.id,
    to: to.id,
    handle,
    drawn: false,
    field: to.field,
  })
  return [
    ...mentions(then, `steps[${i}].config.then`).map(edge('true')),
    ...mentions(otherwise, `steps[${i}].config.else`).map(edge('false')),
  ]
}

function drawnEdges(steps: readonly Step[], canvas: CanvasState | null): Edge[] {
  const kinds = new Map(steps.map((step) => [step.id, kindOf(step)]))
  const triggers = triggerBlocks(canvas)
  return (canvas?.edges ?? []).map(({ source, target, sourceHandle }, i) => ({
    from: !kinds.has(source) && triggers.has(source) ? null : source,
    to: target,
    handle: kinds.get(source) === 'condition' ? (HANDLES.get(sourceHandle) ?? null) : null,
    drawn: true,
    field: `canvasState.edges[${i}]`,
  }))
}

/** The block with the id "trigger", and every block of a trigger's type (workflows/README.md, "Canvas"). */
function triggerBlocks(canvas: CanvasState | null): Set<string> {
  const blocks = Object.entries(canvas?.blocks ?? {})
  const ids = blocks.flatMap(([id, { type }]) => (String(type).endsWith('_trigger') ? [id] : []))
  return new Set(['trigger', ...ids])
}
