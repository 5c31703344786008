import type { Json } from '../../src/flow/step.ts'
import { type LogLevel, StepError, type StepWork } from '../../src/steps/step-work.ts'

export type TestWork = StepWork & { lines: { level: LogLevel; message: string }[] }

/** A step's work with this config, which is taken as resolved; `lines` holds what it writes to the run's log. */
export function stepWork(config: Json, context: Json = {}, signal = new AbortController().signal): TestWork {
  const lines: TestWork['lines'] = []
  return {
    step: { id: 'tested', type: 'test', config },
    accountId: 'account',
    runId: 'run-1',
    connectionId: null,
    config,
    context,
    signal,
    lines,
    resolved: () => undefined,
    masked: (value) => value,
    log: (level, message) => lines.push({ level, message }),
  }
}

/** What a step that must fail said. */
export async function failure(performed: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await performed.then(
    (output) => new Error(`it gave ${JSON.stringify(output)}`),
    (reason: unknown) => reason,
  )
  if (error instanceof StepError) return { code: error.code, message: error.message }
  throw error
}
