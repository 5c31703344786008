import pLimit from 'p-limit'
import type { Json } from '../../../lib/json-object.ts'
import type { Plan } from '../../plan/plan.ts'
import { branchSettings, isForEach, itemVariables } from '../../steps/parallel.ts'
import { Abort } from '../abort.ts'
import { stepErrorOf } from '../step-outcome.ts'
import { recordNames } from '../step-result.ts'
import type { Inside } from './container-step.ts'
import { innerScope } from './scope.ts'
import { settleAll } from './settle-all.ts'
import { walk } from './walk.ts'

/**
 * `parallel`: its branches, or its one body for each item of `forEachSource`, side by side; a branch that waits
 * gives its place to another. With `fail-fast` the first failure ends the others and the step; with `wait-all`
 * failures are told in `errors`. Output: { results, errors, completedCount }.
 */
export const insideParallel: Inside = async (context, { step, bodies }, scope, begun, steps) => {
  const { config, startedAt } = begun
  const { failsFast, concurrency, timeoutMs } = branchSettings(config)
  const stopAll = new AbortController()
  const signal = AbortSignal.any([scope.signal, stopAll.signal])
  const limit = pLimit(concurrency)
  const branches = await branchesOf(step.config, config, bodies)
  const [body] = bodies
  if (body && isForEach(step.config))
    context.budget.refuseMany(`${scope.prefix}${step.id}[`, branches.length, body)
  const dueAt = timeoutMs === 0 ? null : startedAt + timeoutMs
  const outOfTime = new Abort('TIMEOUT', `The branches took longer than ${timeoutMs} ms`)
  const untilMs = Math.min(scope.untilMs, dueAt ?? Number.POSITIVE_INFINITY)
  const inTime =
    dueAt === null
      ? undefined
      : context.timers.set({ at: dueAt, id: context.run.id }, () => stopAll.abort(outOfTime))

  const walkBranch = async ({ body, variables }: Branch, index: number) => {
    const inner = innerScope({ ...scope, signal, untilMs }, `${step.id}[${index}]`, variables)
    const end = await walk(body, inner, steps)
    if (end.error && failsFast) stopAll.abort(new Abort('CANCELLED', 'Another branch failed'))
    return end
  }
  try {
    const { ends, interrupt } = await settleAll(
      branches.map((branch, index) => limit(() => walkBranch(branch, index))),
    )
    const errors = ends.flatMap(({ error }) => (error ? [error] : []))
    const first = errors.find(({ code }) => code !== 'CANCELLED') ?? errors[0]
    if (first && stopAll.signal.reason === outOfTime) {
      return { error: await stepErrorOf(outOfTime, step.id, context.mask), output: null }
    }
    if (first && (failsFast || signal.aborted)) return { error: first, output: null }
    // Where a branch waits, the run is parked, and no limit in memory outlives that.
    if (ends.length < branches.length && dueAt !== null) {
      const name = recordNames.timeout(scope.prefix + step.id)
      await context.waits.open(context.run, {
        key: name,
        kind: 'wait',
        stepId: step.id,
        dueAt,
        request: null,
      })
      await context.durable.waitForSignal(name)
      // A wait inside may have been over in time, and its step have asked for the answer before that came.
      const over = context.waits.overBy(context.run, `${scope.prefix}${step.id}[`, dueAt)
      const isHeard = (wait: string) => context.durable.recorded(wait) !== undefined
      if (!over.every(isHeard)) interrupt()
      return { error: await stepErrorOf(outOfTime, step.id, context.mask), output: null }
    }
    interrupt()
    const results = ends.map(({ error, output }) => (error ? null : output))
    return { error: null, output: { results, errors, completedCount: ends.length - errors.length } }
  } finally {
    inTime?.()
  }
}

// --- internal ---

type Branch = { body: Plan; variables: Json }

async function branchesOf(written: Json, config: Json, bodies: readonly Plan[]): Promise<Branch[]> {
  if (!isForEach(written)) return bodies.map((body) => ({ body, variables: {} }))
  const [body] = bodies
  const items = await itemVariables(config)
  return body ? items.map((variables) => ({ body, variables })) : []
}
