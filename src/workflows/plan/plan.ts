import { kindOf, type StepKind } from '../steps/kinds.ts'
import { type Body, bodiesOf } from './bodies.ts'
import { withDrawnLoops } from './drawn-loops.ts'
import { type Edge, edgesOf } from './edges.ts'
import type { CanvasState, Step } from './step.ts'

/** What opens the way to a step: another step that completed, a condition with this outcome ("true", "false"). */
export type Gate = { from: string; handle: string | null }

export type PlanNode = {
  step: Step
  kind: StepKind
  /** The steps that must be settled first, however they ended. */
  after: readonly string[]
  /** All of them must be settled first, and one of them open. */
  gates: readonly Gate[]
  /** What a loop repeats; the branches of a parallel. */
  bodies: readonly Plan[]
}

/** Steps that run together, in the order of the definition or of the list that names them. */
export type Plan = { nodes: readonly PlanNode[] }

export type Settled = { status: 'completed' | 'failed' | 'skipped'; handle: string | null }

/**
 * Turns a definition in which `planProblems` found nothing into what runs after what. Where the canvas draws
 * edges between the steps of a body, they decide; otherwise steps run one after the other. What a condition
 * names in `then` and `else` depends on its outcome either way. A step whose block is disabled is left out, and
 * its dependents inherit its dependencies. Takes time in proportion to the definition.
 */
export function compilePlan(written: readonly Step[], canvas: CanvasState | null): Plan {
  const { steps } = withDrawnLoops(written, canvas)
  const stepOf = new Map(steps.map((step) => [step.id, step]))
  const bodies = bodiesOf(steps, canvas)
  const bodiesIn = Map.groupBy(bodies, ({ container }) => container)
  const homeOf = new Map(bodies.flatMap((body) => body.members.map(({ id }) => [id, body])))
  const disabled = disabledBlocks(canvas)
  // What leads from a loop to its own first step, as Studio draws it, says nothing that is not so anyway.
  const edges = edgesOf(steps, canvas).filter(({ from, to }) => from && homeOf.get(from) === homeOf.get(to))
  const edgesIn = Map.groupBy(edges, ({ to }) => homeOf.get(to))

  function planOf(ids: readonly string[], body: Body | undefined): Plan {
    const inside = edgesIn.get(body) ?? []
    const drawn = inside.some((edge) => edge.drawn)
    const gatesOf = gatesAlong(inside, disabled)
    const running = ids.flatMap((id) => (disabled.has(id) ? [] : (stepOf.get(id) ?? [])))
    const nodes = running.map((step, i): PlanNode => {
      const previous = drawn ? undefined : running[i - 1]
      return {
        step,
        kind: kindOf(step),
        after: previous ? [previous.id] : [],
        gates: gatesOf(step.id),
        bodies: (bodiesIn.get(step.id) ?? [])
          .filter((own) => !own.isDrawn || own.members.some(({ id }) => !disabled.has(id)))
          .map((own) => planOf(idsOf(own), own)),
      }
    })
    return { nodes }
  }

  const outside = steps.flatMap(({ id }) => (homeOf.has(id) ? [] : [id]))
  return planOf(outside, undefined)
}

/**
 * What may start now, and what is passed over for good because no gate is open. The caller adds the skipped to
 * `settled` and asks again; it knows itself which of the ready are running already.
 */
export function nextOf(
  plan: Plan,
  settled: ReadonlyMap<string, Settled>,
): { ready: PlanNode[]; skipped: PlanNode[] } {
  const ready: PlanNode[] = []
  const skipped: PlanNode[] = []
  for (const node of plan.nodes) {
    const { step, after, gates } = node
    if (settled.has(step.id)) continue
    if (!after.every((id) => settled.has(id)) || !gates.every(({ from }) => settled.has(from))) continue
    const list = mayStart(node, settled) ? ready : skipped
    list.push(node)
  }
  return { ready, skipped }
}

/**
 * Marks as skipped, in `settled`, each step that no open gate leads to any more, and what then has none because of that.
 * Looks at each gate a few times, however long a chain of skipped steps is (Kahn's algorithm).
 * @returns what may start now, in the order of the plan
 */
export function skipUnreachable(plan: Plan, settled: Map<string, Settled>): PlanNode[] {
  const { ready, skipped } = nextOf(plan, settled)
  if (skipped.length === 0) return ready
  const waitingFor = waitingNodes(plan, settled)
  const free = new Set(ready)
  // The list grows while it is read.
  for (const { step } of skipped) {
    settled.set(step.id, { status: 'skipped', handle: null })
    for (const waiting of waitingFor.get(step.id) ?? []) {
      waiting.left -= 1
      if (waiting.left > 0) continue
      if (mayStart(waiting.node, settled)) free.add(waiting.node)
      else skipped.push(waiting.node)
    }
  }
  return plan.nodes.filter((node) => free.has(node))
}

// --- internal ---

/** Whether a step may start, once all that it waits for is settled; else it is skipped. */
function mayStart({ gates }: PlanNode, settled: ReadonlyMap<string, Settled>): boolean {
  const isOpen = ({ from, handle }: Gate) => {
    const source = settled.get(from)
    return source?.status === 'completed' && (handle === null || handle === source.handle)
  }
  return gates.length === 0 || gates.some(isOpen)
}

/** How many steps a step still waits for. */
type Waiting = { node: PlanNode; left: number }

/** By each step that is not settled, what waits for it. */
function waitingNodes(plan: Plan, settled: ReadonlyMap<string, Settled>): Map<string, Waiting[]> {
  const waitingFor = new Map<string, Waiting[]>()
  for (const node of plan.nodes) {
    if (settled.has(node.step.id)) continue
    const before = new Set([...node.after, ...node.gates.map(({ from }) => from)])
    const waiting = { node, left: 0 }
    for (const id of before) {
      if (settled.has(id)) continue
      waiting.left += 1
      const others = waitingFor.get(id)
      if (others) others.push(waiting)
      else waitingFor.set(id, [waiting])
    }
  }
  return waitingFor
}

function idsOf({ members }: Body): string[] {
  return members.map(({ id }) => id)
}

function disabledBlocks(canvas: CanvasState | null): Set<string> {
  const blocks = Object.entries(canvas?.blocks ?? {})
  return new Set(blocks.flatMap(([id, { enabled }]) => (enabled === false ? [id] : [])))
}

/**
 * @returns the gates of a step. Those of a disabled step before it are found first, each once and without
 * recursion, so that a long chain of disabled ones is quick and fits any stack.
 */
function gatesAlong(edges: readonly Edge[], disabled: ReadonlySet<string>) {
  const incoming = Map.groupBy(edges, ({ to }) => to)
  const known = new Map<string, readonly Gate[]>()

  function gatesInto(id: string): readonly Gate[] {
    const gates = (incoming.get(id) ?? []).flatMap(({ from, handle }): readonly Gate[] => {
      if (from === null) return []
      return disabled.has(from) ? (known.get(from) ?? []) : [{ from, handle }]
    })
    return withoutRepeats(gates)
  }

  return (id: string): readonly Gate[] => {
    const pending = [id]
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      const before = (incoming.get(next) ?? []).flatMap(({ from }) =>
        from !== null && disabled.has(from) && !known.has(from) ? [from] : [],
      )
      if (before.length > 0) pending.push(...before)
      else {
        known.set(next, known.get(next) ?? gatesInto(next))
        pending.pop()
      }
    }
    return known.get(id) ?? []
  }
}

/** One gate of each source and outcome; a condition's outcome counts more than that it is done at all. */
function withoutRepeats(gates: readonly Gate[]): Gate[] {
  const withOutcome = new Set(gates.flatMap(({ from, handle }) => (handle === null ? [] : [from])))
  const distinct = new Map<string, Gate>()
  for (const gate of gates) {
    if (gate.handle === null && withOutcome.has(gate.from)) continue
    distinct.set(`${gate.handle} ${gate.from}`, gate)
  }
  return [...distinct.values()]
}
