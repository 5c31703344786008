import type { Clock } from '../../../clock.ts'
import { restAfter } from '../../../lib/large-json.ts'
import type { DurableSteps } from '../../engine/engine.ts'
import type { SecretMask } from '../../steps/secret-mask.ts'
import type { Run } from '../run.ts'
import type { RunDefinition } from '../run-definition.ts'
import type { StepResult } from '../step-result.ts'
import type { Waits } from '../waits.ts'
import type { Activity } from './activity.ts'
import type { RecordBudget } from './record-budget.ts'
import type { RunSpace } from './run-space.ts'
import type { Timers } from './timers.ts'

/** A run that is being carried out, and what its steps need of it. */
export type RunContext = {
  run: Run
  durable: DurableSteps
  budget: RecordBudget
  definition: RunDefinition
  /** Results that a retry or a restart took over, by key. */
  kept: ReadonlyMap<string, StepResult>
  /** How many bytes are left for what its steps record. */
  space: RunSpace
  mask: SecretMask
  secrets: Readonly<Record<string, string>>
  env: Readonly<Record<string, string>>
  waits: Waits
  timers: Timers
  activity: Activity
  clock: Clock
}

/** This execution is over, but the run is not: the engine's own reason is in `cause`, and goes back to it. */
export class Interruption extends Error {}

/** The engine's steps, counted, with their rejections told apart from our own. */
export function guardedSteps(durable: DurableSteps, budget: RecordBudget): DurableSteps {
  async function guarded<T>(name: string, step: () => Promise<T>): Promise<T> {
    budget.use(name)
    try {
      return await step()
    } catch (cause) {
      throw new Interruption('the execution is over', { cause })
    }
  }

  return {
    history: durable.history,
    runStep: (name, work) => guarded(name, () => durable.runStep(name, work)),
    waitForSignal: (name) => guarded(name, () => durable.waitForSignal(name)),
    recorded: durable.recorded,
    allRecorded: durable.allRecorded,
    carried: durable.carried,
    keepOutput: durable.keepOutput,
    isClosed: durable.isClosed,
  }
}

/**
 * Records what `work` gives, once for all executions; on disk the secrets' values are markers.
 * @param failed what is recorded where the work throws, or gave what cannot be kept. The engine must never see
 * a rejection of ours: it would end its run, and ours would not know.
 * @throws StepError where a secret that the record needs is there no more.
 */
export async function record<T>(
  context: RunContext,
  name: string,
  work: () => T | Promise<T>,
  failed: (error: unknown) => Promise<T>,
): Promise<T> {
  const hidden = await context.durable.runStep(name, async () => {
    try {
      const record = await context.mask.hide(await work())
      const size = context.space.take(record)
      await restAfter(size)
      return record
    } catch (error) {
      return await context.mask.hide(await failed(error))
    }
  })
  return (await context.mask.reveal(hidden)) as T
}
