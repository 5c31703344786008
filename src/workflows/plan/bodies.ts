import { isObject } from '../../lib/json-object.ts'
import { type Container, rulesOf } from '../steps/kinds.ts'
import { type Mention, mentions } from '../steps/mentions.ts'
import { connectedGroups } from './connected.ts'
import { type Edge, edgesOf } from './edges.ts'
import type { CanvasState, Step } from './step.ts'

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
    const rules = rulesOf(step)
    if (rules.way !== 'contained') return []
    const container = step.id
    const listed = rules.bodies(step.config, `steps[${i}].config`)
    const bodies = listed.filter((members) => members.length > 0)
    if (bodies.length > 0) return bodies.map((members) => ({ container, members, isDrawn: false }))
    const inside = drawn(container, rules.kind)
    const groups = rules.isSplit(step.config) ? connected(inside) : [inside]
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

// --- internal ---

/** @returns what the canvas draws inside a step: by its list of nodes, or else by the blocks that name it. */
function drawnBodies(canvas: CanvasState | null, placeOf: ReadonlyMap<string, number>) {
  const nodes: Record<Container, Map<string, { nodes?: string[] }>> = {
    loop: new Map(Object.entries(canvas?.loops ?? {})),
    parallel: new Map(Object.entries(canvas?.parallels ?? {})),
  }
  const children = Map.groupBy(childBlocks(canvas, placeOf), ({ parent }) => parent)

  return (id: string, kind: Container): Mention[] => {
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
