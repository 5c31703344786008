import { isObject, type Json } from '../../lib/json-object.ts'
import { connectedGroups } from './connected.ts'
import { type Edge, edgesOf } from './edges.ts'
import { type Mention, mentions } from './mentions.ts'
import { type CanvasState, kindOf, type Step } from './step.ts'

/** How many loops and parallels may stand around a step: far more than anybody draws. */
export const NESTING_MAX = 8

/** What a loop repeats, or one branch of a parallel. */
export type Body = { container: string; members: readonly Mention[]; isDrawn: boolean }

/**
 * The bodies of all loops and parallels. What a step's config lists counts; without it, what the canvas draws
 * inside the step (workflows/README.md, "Canvas" and "Loops and parallels"): of a parallel, each group of steps that edges or conditions
 * connect is a branch. A listed body keeps the order of its list, a drawn one has that of the definition. Takes a
 * definition as it comes: whatever is no id is passed over.
 */
export function bodiesOf(steps: readonly Step[], canvas: CanvasState | null): Body[] {
  const placeOf = new Map(steps.map(({ id }, i) => [id, i]))
  const drawn = drawnBodies(canvas, placeOf)
  let edgesFrom: Map<string | null, Edge[]> | undefined
  return steps.flatMap((step, i): Body[] => {
    const kind = kindOf(step)
    if (kind !== 'loop' && kind !== 'parallel') return []
    const field = `steps[${i}].config`
    const listed =
      kind === 'loop' ? [mentions(step.config.steps, `${field}.steps`)] : branchesOf(step.config, field)
    const container = step.id
    const bodies = listed.filter((members) => members.length > 0)
    if (bodies.length > 0) return bodies.map((members) => ({ container, members, isDrawn: false }))
    const inside = drawn(container, kind)
    const isSplit = kind === 'parallel' && !isForEach(step.config)
    const groups = isSplit ? connected(inside) : [inside]
    return groups
      .filter((members) => members.length > 0)
      .map((members) => ({ container, members, isDrawn: true }))
  })

  function connected(members: readonly Mention[]): Mention[][] {
    edgesFrom ??= Map.groupBy(edgesOf(steps, canvas), ({ from }) => from)
    const mentionOf = new Map(members.map((member) => [member.id, member]))
    const ids = [...mentionOf.keys()]
    const pairs = ids.flatMap((id) => (edgesFrom?.get(id) ?? []).map(({ to }) => [id, to] as const))
    const groups = connectedGroups(ids, pairs)
    return groups.map((group) => group.flatMap((id) => mentionOf.get(id) ?? []))
  }
}

/** Whether a parallel has one body, for each item of a list. */
export function isForEach({ forEachSource }: Json): boolean {
  return forEachSource !== undefined && forEachSource !== null
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
