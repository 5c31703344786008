import { isObject } from '../json-object.ts'
import { type CanvasState, type Json, kindOf, type Step } from './step.ts'

/** A step that a definition names, and the field it is named in. */
export type Mention = { id: string; field: string }

/** What a loop repeats, or one branch of a parallel. */
export type Body = { container: string; members: readonly Mention[] }

/**
 * The bodies of all loops and parallels. What a step's config lists counts; without it, what the canvas draws
 * inside the step (facts/workflows-api.md 4.4 and 6.7). A listed body keeps the order of its list, a drawn one
 * has that of the definition. Takes a definition as it comes: whatever is no id is passed over.
 */
export function bodiesOf(steps: readonly Step[], canvas: CanvasState | null): Body[] {
  const placeOf = new Map(steps.map(({ id }, i) => [id, i]))
  const drawn = drawnBodies(canvas, placeOf)
  return steps.flatMap((step, i) => {
    const kind = kindOf(step)
    if (kind !== 'loop' && kind !== 'parallel') return []
    const field = `steps[${i}].config`
    const listed =
      kind === 'loop' ? [mentions(step.config.steps, `${field}.steps`)] : branchesOf(step.config, field)
    const bodies = listed.filter((members) => members.length > 0)
    if (bodies.length === 0) bodies.push(drawn(step.id, kind))
    return bodies.filter((members) => members.length > 0).map((members) => ({ container: step.id, members }))
  })
}

/** Whether a parallel has one body, for each item of a list. */
export function isForEach({ forEachSource }: Json): boolean {
  return forEachSource !== undefined && forEachSource !== null
}

/** The ids in a list, or the one that stands there alone. */
export function mentions(value: unknown, field: string): Mention[] {
  if (typeof value === 'string') return [{ id: value, field }]
  if (!Array.isArray(value)) return []
  return value.flatMap((id, i) => (typeof id === 'string' ? [{ id, field: `${field}[${i}]` }] : []))
}

// --- internal ---

/** A parallel's branches: lists of ids, `{ steps: ids }`, or ids that are each a branch. For each item: one. */
function branchesOf(config: Json, path: string): Mention[][] {
  const { branches } = config
  if (!Array.isArray(branches)) return []
  const bodies = branches.map((branch, i) => {
    const field = `${path}.branches[${i}]`
    return isObject(branch) ? mentions(branch.steps, `${field}.steps`) : mentions(branch, field)
  })
  return isForEach(config) ? [bodies.flat()] : bodies
}

/** @returns what the canvas draws inside a step: by its list of nodes, or else by the blocks that name it. */
function drawnBodies(canvas: CanvasState | null, placeOf: ReadonlyMap<string, number>) {
  const nodes = {
    loop: new Map(Object.entries(canvas?.loops ?? {})),
    parallel: new Map(Object.entries(canvas?.parallels ?? {})),
  }
  const children = Map.groupBy(childBlocks(canvas, placeOf), ({ parent }) => parent)

  return (id: string, kind: 'loop' | 'parallel'): Mention[] => {
    const listed = mentions(nodes[kind].get(id)?.nodes, `canvasState.${kind}s.${id}.nodes`)
    const members = listed.length > 0 ? listed : (children.get(id) ?? [])
    return members.toSorted((a, b) => (placeOf.get(a.id) ?? 0) - (placeOf.get(b.id) ?? 0))
  }
}

function childBlocks(canvas: CanvasState | null, placeOf: ReadonlyMap<string, number>) {
  return Object.entries(canvas?.blocks ?? {}).flatMap(([id, block]) => {
    const parent = isObject(block.data) ? block.data.parentId : undefined
    // A note that lies in a loop is a block and no step.
    if (typeof parent !== 'string' || !placeOf.has(id)) return []
    return [{ parent, id, field: `canvasState.blocks.${id}.data.parentId` }]
  })
}
