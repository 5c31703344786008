import { untilAborted } from '../../../lib/until-aborted.ts'
import type { PlanNode } from '../../plan/plan.ts'
import type { LogLevel, StepPerformer } from '../../steps/step-work.ts'
import { endOf, failedResult } from '../step-outcome.ts'
import { type LogLine, recordNames, type StepResult } from '../step-result.ts'
import { asOutput } from './output.ts'
import { pause } from './pause.ts'
import { attemptsOf, backoffMs } from './retry-policy.ts'
import { type RunContext, record } from './run-context.ts'
import type { Scope } from './scope.ts'
import { resolveConfig, templateContext } from './template-context.ts'
import { timeLimit } from './time-limit.ts'
import type { StepEnd } from './walk.ts'

/**
 * Carries out a step that needs no other: each attempt is recorded, and between them the run waits durably.
 */
export async function leafStep(
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  performer: StepPerformer,
): Promise<StepEnd> {
  const key = scope.prefix + node.step.id
  const attempts = attemptsOf(node.step)
  for (let attempt = 1; ; attempt += 1) {
    const startedAt = context.clock.now()
    const result = await record(
      context,
      recordNames.attempt(key, attempt),
      () =>
        context.activity.working(context.run.id, () => attemptOnce(context, node, scope, performer, attempt)),
      (thrown) => failedResult({ context, node, key, attempt, startedAt, input: null, logs: [] }, thrown),
    )
    const again = result.status === 'failed' && result.mayRetry && attempt < attempts
    const next = recordNames.attempt(key, attempt + 1)
    const isStopped = scope.signal.aborted && context.durable.recorded(next) === undefined
    if (!again || isStopped) return endOf(node, result)
    const name = recordNames.backoff(key, attempt)
    const dueAt = result.completedAt + backoffMs(node.step, attempt)
    await context.waits.open(context.run, {
      key: name,
      kind: 'backoff',
      stepId: node.step.id,
      dueAt,
      request: null,
    })
    await context.durable.waitForSignal(name)
  }
}

// --- internal ---

/** Never rejects: whatever happens is the attempt's result. */
async function attemptOnce(
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  performer: StepPerformer,
  attempt: number,
): Promise<StepResult> {
  const { run, clock } = context
  const { step } = node
  const key = scope.prefix + step.id
  const startedAt = clock.now()
  const logs: LogLine[] = []
  const log = (level: LogLevel, message: string) => void logs.push({ level, message, at: clock.now() })
  const limit = timeLimit(context, scope.signal, step.timeoutMs)
  let input: unknown = null
  try {
    const seen = templateContext(context, scope, startedAt)
    const config = await resolveConfig(step, seen)
    input = config
    limit.signal.throwIfAborted()
    const { accountId, id: runId, connectionId } = run
    const resolved = (name: string, value: unknown) => {
      input = { ...config, [name]: value }
    }
    const { signal } = limit
    const work = { step, accountId, runId, connectionId, config, context: seen, signal }
    const done = performer.perform({
      ...work,
      log,
      resolved,
      masked: context.mask.cover,
      shortened: context.mask.shortened,
      pause: (ms) => pause(context, ms, signal),
    })
    const output = await asOutput(await untilAborted(done, limit.signal))
    return {
      key,
      stepId: step.id,
      status: 'completed',
      input,
      output,
      error: null,
      mayRetry: false,
      attempt,
      startedAt,
      completedAt: clock.now(),
      logs,
    }
  } catch (thrown) {
    const reason = limit.signal.aborted ? limit.signal.reason : thrown
    return await failedResult({ context, node, key, attempt, startedAt, input, logs }, reason)
  } finally {
    limit.end()
  }
}
