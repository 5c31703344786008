import pLimit from 'p-limit'
import type { Plan, PlanNode } from '../flow/plan.ts'
import type { Json } from '../flow/step.ts'
import { wholeNumberField } from '../steps/config-field.ts'
import { StepError } from '../steps/step-work.ts'
import { allEnds } from './all-ends.ts'
import type { Inside } from './container-step.ts'
import { ITEMS_MAX, listOf } from './list-field.ts'
import type { LiveRun } from './live-run.ts'
import { Abort, innerScope, type Scope } from './scope.ts'
import { stepErrorOf } from './step-end.ts'
import { recordNames, type StepResult } from './step-result.ts'
import { walk } from './walk.ts'

/** Branches that are under way at once. */
export const BRANCHES = { min: 1, max: 50, otherwise: 10 }

/** How long a parallel may take: a day, in ms. */
const TIMEOUT_MS = { min: 1, max: 86_400_000, otherwise: 0 }

/**
 * `parallel`: its branches, or its one body for each item of `forEachSource`, side by side; a branch that waits
 * gives its place to another. With `fail-fast` the first failure ends the others and the step; with `wait-all`
 * failures are told in `errors`. Output: { results, errors, completedCount }.
 */
export const parallel: Inside = async (live, { step, bodies }, scope, config, nowMs, runStep) => {
  const failsFast = config.strategy === 'fail-fast'
  const stopAll = new AbortController()
  const signal = AbortSignal.any([scope.signal, stopAll.signal])
  const limit = pLimit(wholeNumberField(config, 'concurrency', BRANCHES))
  const branches = branchesOf(step.config, config, bodies)
  const [body] = bodies
  const isEach = step.config.forEachSource !== undefined
  if (body && isEach) live.budget.refuseMany(`${scope.prefix}${step.id}[`, branches.length, body)
  const timeoutMs = wholeNumberField(config, 'timeoutMs', TIMEOUT_MS)
  const dueAt = timeoutMs === 0 ? null : nowMs + timeoutMs
  const outOfTime = new Abort('TIMEOUT', `The branches took longer than ${timeoutMs} ms`)
  const timer =
    dueAt === null
      ? undefined
      : setTimeout(() => stopAll.abort(outOfTime), Math.max(0, dueAt - live.clock.now()))

  const walkBranch = async ({ body, variables }: Branch, index: number) => {
    const inner = innerScope(scope, `${step.id}[${index}]`, variables, signal)
    const end = await walk(body, inner, runStep)
    if (end.error && failsFast) stopAll.abort(new Abort('CANCELLED', 'Another branch failed'))
    return { ...end, outputs: inner.outputs }
  }
  try {
    const { ends, interrupt } = await allEnds(
      branches.map((branch, index) => limit(() => walkBranch(branch, index))),
    )
    const errors = ends.flatMap(({ error }) => (error ? [error] : []))
    const first = errors.find(({ code }) => code !== 'CANCELLED') ?? errors[0]
    if (first && (failsFast || signal.aborted)) return { error: first, output: null }
    // Where a branch waits, the run is parked, and no timer outlives that.
    if (ends.length < branches.length && dueAt !== null) {
      const name = recordNames.timeout(scope.prefix + step.id)
      live.waits.open(live.run, { key: name, kind: 'wait', stepId: step.id, dueAt, request: null })
      await live.durable.answered(name)
      return { error: stepErrorOf(outOfTime, step.id), output: null }
    }
    interrupt()
    // Later steps may name the steps of the branches; those of forEachSource are many of one name.
    if (config.forEachSource === undefined) {
      for (const { outputs } of ends) for (const [id, output] of outputs) scope.outputs.set(id, output)
    }
    const results = ends.map(({ error, output }) => (error ? null : output))
    return { error: null, output: { results, errors, completedCount: ends.length - errors.length } }
  } finally {
    clearTimeout(timer)
  }
}

/** Where a retry keeps a parallel, later steps see the steps of its branches as they did before. */
export function takeOverOutputs(
  live: LiveRun,
  { step, bodies }: PlanNode,
  prefix: string,
  outputs: Scope['outputs'],
) {
  if (step.config.forEachSource !== undefined) return
  for (const [index, { nodes }] of bodies.entries()) {
    const inside = `${prefix}${step.id}[${index}]/`
    for (const node of nodes) {
      const kept = live.kept.get(inside + node.step.id)
      if (kept) outputs.set(node.step.id, (live.mask.reveal(kept) as StepResult).output)
      if (node.kind === 'parallel') takeOverOutputs(live, node, inside, outputs)
    }
  }
}

// --- internal ---

type Branch = { body: Plan; variables: Json }

function branchesOf(written: Json, config: Json, bodies: readonly Plan[]): Branch[] {
  if (written.forEachSource === undefined) return bodies.map((body) => ({ body, variables: {} }))
  const [body] = bodies
  const name = String(config.forEachAs ?? 'item')
  const items = listOf(config.forEachSource, 'forEachSource')
  if (items.length > ITEMS_MAX) {
    throw new StepError(
      'VALIDATION_ERROR',
      `forEachSource has ${items.length} items, and at most ${ITEMS_MAX} are run`,
    )
  }
  return body ? items.map((item, index) => ({ body, variables: { [name]: item, index } })) : []
}
