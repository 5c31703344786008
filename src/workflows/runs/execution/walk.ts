import { type Plan, type PlanNode, type Settled, skipUnreachable } from '../../plan/plan.ts'
import type { RunError } from '../run.ts'
import type { Scope } from './scope.ts'

/** How a step ended, for the steps after it. */
export type StepEnd = {
  status: 'completed' | 'failed'
  /** Which edges of a condition are open: "true", "false", or null for other steps. */
  handle: string | null
  output: unknown
  error: RunError | null
  /** null: it did not begin. */
  completedAt: number | null
}

/** What a walk needs done. */
export type Steps = {
  run(node: PlanNode, scope: Scope): Promise<StepEnd>
  /** Closes what waits in a scope, because no step hears of it any more. */
  closeWaits(scope: Scope): void
}

/** What walking a plan came to. */
export type PlanEnd = {
  /** The first failure; null: all went well. */
  error: RunError | null
  /** The output of the last step that completed: the last in the plan's order on which no other depends; null where none did. */
  output: unknown
  /** When the last step ended, as it is recorded, so that each execution sees the same; null: none did. */
  endedAt: number | null
}

/** Steps of one plan that are under way at once. */
const CONCURRENCY = 10

/**
 * Carries out a plan: each step as soon as those before it have ended, several at once where the plan allows it.
 * After a failure nothing new begins, and nobody is asked any more. Where a step rejects (the run is parked, or the
 * engine closes), the steps beside it go on as far as they can before this rejects with the same.
 */
export async function walk(plan: Plan, scope: Scope, steps: Steps): Promise<PlanEnd> {
  const settled = new Map<string, Settled>()
  const running = new Map<string, Promise<void>>()
  const interrupted = new Map<string, unknown>()
  let error: RunError | null = null
  let endedAt: number | null = null

  async function carryOut(node: PlanNode) {
    const { id } = node.step
    try {
      const end = await steps.run(node, scope)
      settled.set(id, { status: end.status, handle: end.handle })
      if (end.completedAt !== null) endedAt = Math.max(endedAt ?? 0, end.completedAt)
      if (end.status === 'completed') scope.outputs.set(id, end.output)
      else fail(end.error)
    } catch (reason) {
      interrupted.set(id, reason)
    } finally {
      running.delete(id)
    }
  }

  function fail(reason: RunError | null) {
    error ??= reason
    // Each time, because what was under way beside a failure may have asked meanwhile.
    steps.closeWaits(scope)
  }

  for (;;) {
    if (!error) {
      const waiting = skipUnreachable(plan, settled).filter(
        ({ step }) => !running.has(step.id) && !interrupted.has(step.id),
      )
      for (const node of waiting.slice(0, CONCURRENCY - running.size)) {
        running.set(node.step.id, carryOut(node))
      }
    }
    if (running.size === 0) break
    await Promise.race(running.values())
  }
  const [reason] = interrupted.values()
  if (!error && interrupted.size > 0) throw reason
  if (error && interrupted.size > 0) steps.closeWaits(scope)
  return { error, output: lastOutput(plan, settled, scope), endedAt }
}

// --- internal ---

function lastOutput(plan: Plan, settled: ReadonlyMap<string, Settled>, scope: Scope): unknown {
  const completed = plan.nodes.filter(({ step }) => settled.get(step.id)?.status === 'completed')
  const hungOn = new Set(
    completed.flatMap(({ after, gates }) => [...after, ...gates.map(({ from }) => from)]),
  )
  const last = completed.findLast(({ step }) => !hungOn.has(step.id))
  return last ? (scope.outputs.get(last.step.id) ?? null) : null
}
