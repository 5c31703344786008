import { conditionHolds } from '../../steps/condition.ts'
import { roundsOf } from '../../steps/loop.ts'
import { StepError } from '../../steps/step-work.ts'
import type { Inside } from './container-step.ts'
import { innerScope, type Scope } from './scope.ts'
import { settleAll } from './settle-all.ts'
import { templateContext } from './template-context.ts'
import { type PlanEnd, walk } from './walk.ts'

/**
 * `loop`: for each item, so many times, or while. `batchSize` iterations are under way at once.
 * Output: { results, count, currentItem, currentIndex }.
 */
export const insideLoop: Inside = async (context, { step, bodies }, scope, begun, steps) => {
  const [body] = bodies
  const rounds = await roundsOf(step.config, begun.config)
  const { items, whileCondition, breakCondition } = rounds
  // A loop that may end early is counted as it goes.
  const isSure = whileCondition === null && breakCondition === null
  if (body && isSure) context.budget.refuseMany(`${scope.prefix}${step.id}[`, rounds.count, body)
  const results: unknown[] = []
  let outputs = scope.outputs
  // What conditions see as `now`: the end of what came before. A replay must see the same.
  let now = begun.startedAt

  function scopeOf(index: number): Scope {
    const variables = { [rounds.itemName]: items ? items[index] : index, [rounds.indexName]: index }
    return innerScope({ ...scope, outputs }, `${step.id}[${index}]`, variables)
  }

  const holds = (condition: unknown, inner: Scope, atMs: number) =>
    conditionHolds(condition, templateContext(context, inner, atMs))

  async function iterate(index: number): Promise<Iteration> {
    const inner = scopeOf(index)
    const before = now
    if (whileCondition !== null && !(await holds(whileCondition, inner, before))) return PAST_THE_END
    const end = body ? await walk(body, inner, steps) : NOTHING
    const endedAt = begun.seesTime ? Math.max(before, end.endedAt ?? 0) : before
    const isLast = !end.error && breakCondition !== null && (await holds(breakCondition, inner, endedAt))
    return { ...end, endedAt, isRun: true, isLast, outputs: inner.outputs }
  }

  for (let first = 0; first < rounds.count; first += rounds.batchSize) {
    const size = Math.min(rounds.batchSize, rounds.count - first)
    const batch = Array.from({ length: size }, (_, i) => iterate(first + i))
    const { ends, interrupt } = await settleAll(batch)
    const error = ends.find((end) => end.error)?.error ?? null
    if (error) return { error, output: null }
    interrupt()
    const run = ends.filter((end) => end.isRun)
    results.push(...run.map(({ output }) => output))
    now = Math.max(now, ...run.map(({ endedAt }) => endedAt ?? 0))
    if (ends.some(({ isLast }) => isLast)) return { error: null, output: summary() }
    // What a while loop asks next may depend on what its steps found last: a cursor, a status.
    if (whileCondition !== null) outputs = run.at(-1)?.outputs ?? outputs
  }
  if (whileCondition !== null && (await holds(whileCondition, scopeOf(rounds.count), now))) {
    throw new StepError(
      'STEP_ERROR',
      `The loop's condition still held after ${rounds.count} iterations (maxIterations)`,
    )
  }
  return { error: null, output: summary() }

  function summary() {
    const last = results.length - 1
    const currentItem = last < 0 ? null : items ? items[last] : last
    return { results, count: results.length, currentItem, currentIndex: last }
  }
}

// --- internal ---

const NOTHING: PlanEnd = { error: null, output: null, endedAt: null }

/** How one iteration ended; what its steps left is in `outputs`. */
type Iteration = PlanEnd & { isRun: boolean; isLast: boolean; outputs: Scope['outputs'] }

/** Of an iteration that a while loop's condition kept from beginning. */
const PAST_THE_END: Iteration = { ...NOTHING, isRun: false, isLast: true, outputs: new Map() }
