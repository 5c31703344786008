import { PROBLEMS_MAX } from '../../errors.ts'
import type { Problem } from '../../lib/problem.ts'
import { type Container, kindOf } from '../steps/kinds.ts'
import { type Body, bodiesOf, NESTING_MAX } from './bodies.ts'
import { withDrawnLoops } from './drawn-loops.ts'
import { type Edge, edgesOf } from './edges.ts'
import type { CanvasState, Step } from './step.ts'
import { templateProblems } from './template-problems.ts'

/**
 * What is wrong with how the steps of a definition hang together, each with its field, at most 50. Takes
 * whatever passed the schemas; time in proportion to the definition.
 * @param variables the names of the workflow's variables.
 */
export function planProblems(
  steps: readonly Step[],
  canvas: CanvasState | null,
  variables: readonly string[] = [],
): Problem[] {
  const known = new Set(steps.map(({ id }) => id))
  const bodies = bodiesOf(steps, canvas)
  const homeOf = homes(bodies)
  const edges = edgesOf(steps, canvas)
  const drawn = withDrawnLoops(steps, canvas)
  const problems = [
    ...duplicates(steps),
    ...strayContainers(steps, canvas),
    ...memberProblems(bodies, known),
    ...nestingProblems(bodies, homeOf),
    ...edges.flatMap((edge) => endProblems(edge, known, homeOf)),
    ...orderProblems(steps, edges, homeOf),
    ...templateProblems(drawn.steps, canvas, variables),
  ]
  return problems
    .slice(0, PROBLEMS_MAX)
    .map(({ field, message }) => ({ field: drawn.fieldOf(field), message }))
}

// --- internal ---

const NO_STEP = 'is not the id of a step of this workflow'

function duplicates(steps: readonly Step[]): Problem[] {
  const firstWith = new Map<string, number>()
  return steps.flatMap(({ id }, i) => {
    const first = firstWith.get(id)
    if (first !== undefined)
      return [{ field: `steps[${i}].id`, message: `is also the id of steps[${first}]` }]
    firstWith.set(id, i)
    return []
  })
}

/** What the canvas says of loops and parallels that the steps do not have. */
function strayContainers(steps: readonly Step[], canvas: CanvasState | null): Problem[] {
  const kinds = new Map(steps.map((step) => [step.id, kindOf(step)]))
  const { loops = {}, parallels = {}, blocks = {} } = canvas ?? {}
  const strays = (of: object, kind: Container) =>
    Object.keys(of)
      .filter((id) => kinds.get(id) !== kind)
      .map((id) => ({ field: `canvasState.${kind}s.${id}`, message: `must have the id of a ${kind} step` }))
  const orphans = Object.entries(blocks).flatMap(([id, { data }]) => {
    const parent = parentIn(data)
    const kind = parent === undefined ? 'loop' : kinds.get(parent)
    if (kind === 'loop' || kind === 'parallel') return []
    const message = 'must be the id of a loop or parallel step'
    return [{ field: `canvasState.blocks.${id}.data.parentId`, message }]
  })
  return [...strays(loops, 'loop'), ...strays(parallels, 'parallel'), ...orphans]
}

function parentIn(data: unknown): string | undefined {
  const parent = typeof data === 'object' && data !== null && 'parentId' in data ? data.parentId : undefined
  return typeof parent === 'string' ? parent : undefined
}

/** The body that a step is in, by the first that names it. */
function homes(bodies: readonly Body[]): Map<string, Body> {
  const homeOf = new Map<string, Body>()
  for (const body of bodies) {
    for (const { id } of body.members) if (!homeOf.has(id)) homeOf.set(id, body)
  }
  return homeOf
}

function memberProblems(bodies: readonly Body[], known: ReadonlySet<string>): Problem[] {
  const firstNaming = new Map<string, string>()
  return bodies
    .flatMap(({ members }) => members)
    .flatMap(({ id, field }) => {
      if (!known.has(id)) return [{ field, message: NO_STEP }]
      const first = firstNaming.get(id)
      if (first !== undefined) return [{ field, message: `names a step that ${first} already names` }]
      firstNaming.set(id, field)
      return []
    })
}

function nestingProblems(bodies: readonly Body[], homeOf: ReadonlyMap<string, Body>): Problem[] {
  return bodies.flatMap(({ members }) =>
    members.flatMap(({ id, field }) => {
      let depth = 0
      for (let around = homeOf.get(id); around; around = homeOf.get(around.container)) {
        depth += 1
        if (around.container === id) return [{ field, message: 'puts a step inside itself' }]
        if (depth > NESTING_MAX) {
          return [{ field, message: `is nested in more than ${NESTING_MAX} loops and parallels` }]
        }
      }
      return []
    }),
  )
}

/** Both ends must be steps, of the same body; an edge between a loop and its own steps marks start or end. */
function endProblems(
  { from, to, drawn, field }: Edge,
  known: ReadonlySet<string>,
  homeOf: ReadonlyMap<string, Body>,
): Problem[] {
  const unknown = [
    ...(from !== null && !known.has(from) ? [{ field: `${field}.source`, message: NO_STEP }] : []),
    ...(known.has(to) ? [] : [{ field: drawn ? `${field}.target` : field, message: NO_STEP }]),
  ]
  if (unknown.length > 0 || from === null) return unknown
  const [home, goal] = [homeOf.get(from), homeOf.get(to)]
  if (home === goal || (drawn && (home?.container === to || goal?.container === from))) return []
  const message = `leads from the step ${from} into another body, where ${to} is`
  return [{ field, message }]
}

function orderProblems(
  steps: readonly Step[],
  edges: readonly Edge[],
  homeOf: ReadonlyMap<string, Body>,
): Problem[] {
  const inside = edges.filter(({ from, to }) => from !== null && homeOf.get(from) === homeOf.get(to))
  return [...Map.groupBy(inside, ({ to }) => homeOf.get(to))].flatMap(([body, own]) => {
    if (own.some(({ drawn }) => drawn)) return circleProblems(own)
    const ids = (body?.members ?? steps).map(({ id }) => id)
    return backwardProblems(own, new Map(ids.map((id, i) => [id, i])))
  })
}

/** Where steps run one after the other, a condition cannot decide about what has already run. */
function backwardProblems(edges: readonly Edge[], placeOf: ReadonlyMap<string, number>): Problem[] {
  return edges.flatMap(({ from, to, field }) => {
    if (from === to) return [{ field, message: 'is the condition itself' }]
    const [place, goal] = [placeOf.get(from ?? ''), placeOf.get(to)]
    if (place === undefined || goal === undefined || goal > place) return []
    return [{ field, message: 'is the id of a step that runs before the condition' }]
  })
}

/**
 * One edge of a circle, if there is any. Steps that wait for nothing are taken away, and then what waited only
 * for them (Kahn's algorithm); each step that stays waits for another that stays, so a walk back comes round.
 */
function circleProblems(edges: readonly Edge[]): Problem[] {
  const outgoing = Map.groupBy(edges, ({ from }) => from)
  const incoming = Map.groupBy(edges, ({ to }) => to)
  const waitsFor = new Map([...incoming].map(([id, into]) => [id, into.length]))
  const free = [...outgoing.keys()].filter((id) => id !== null && !waitsFor.has(id))
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    for (const { to } of outgoing.get(id) ?? []) {
      const left = (waitsFor.get(to) ?? 0) - 1
      if (left > 0) waitsFor.set(to, left)
      else if (waitsFor.delete(to)) free.push(to)
    }
  }
  const passed = new Set<string>()
  let [id] = waitsFor.keys()
  while (id !== undefined) {
    passed.add(id)
    const back: Edge | undefined = incoming.get(id)?.find(({ from }) => from !== null && waitsFor.has(from))
    if (back?.from && passed.has(back.from)) {
      return [{ field: back.field, message: `creates a cycle: ${back.from} would wait for itself` }]
    }
    id = back?.from ?? undefined
  }
  return []
}
