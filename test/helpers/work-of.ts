import type { Json, Step } from '../../src/flow/step.ts'
import type { LogLevel, StepWork } from '../../src/steps/step-work.ts'

export type TestWork = StepWork & { lines: { level: LogLevel; message: string }[] }

/** An attempt at a step with this config, its templates resolved already. */
export function workOf(
  config: Json,
  step: Partial<Step> = {},
  signal = new AbortController().signal,
): TestWork {
  const lines: TestWork['lines'] = []
  return {
    step: { id: 'step-1', type: 'action', config, ...step },
    ...{ accountId: 'account-1', runId: 'run-1', connectionId: null, config, signal, lines },
    context: { now: '2026-11-21T09:00:00.000Z', runId: 'run-1' },
    masked: (value) => value,
    resolved: () => undefined,
    log: (level, message) => void lines.push({ level, message }),
  }
}
