import type { Json } from '../../src/lib/json-object.ts'
import type { Step } from '../../src/workflows/plan/step.ts'
import { type LogLevel, StepError, type StepWork } from '../../src/workflows/steps/step-work.ts'

export type TestWork = StepWork & { lines: { level: LogLevel; message: string }[] }

type Around = {
  step?: Partial<Step>
  context?: Json
  signal?: AbortSignal
  /** Left out: a pause takes no time. */
  pause?: StepWork['pause']
}

/** A step's work with this config, which is taken as resolved; `lines` holds what it writes to the run's log. */
export function stepWork(config: Json, { step, context, signal, pause }: Around = {}): TestWork {
  const lines: TestWork['lines'] = []
  return {
    step: { id: 'step-1', type: 'action', config, ...step },
    accountId: 'account-1',
    runId: 'run-1',
    connectionId: null,
    config,
    lines,
    context: context ?? { now: '2026-11-21T09:00:00.000Z', runId: 'run-1' },
    signal: signal ?? new AbortController().signal,
    pause: pause ?? (async () => undefined),
    masked: async (value) => value,
    shortened: async (text, charsMax) => text.slice(0, charsMax),
    resolved: () => undefined,
    log: (level, message) => void lines.push({ level, message }),
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
