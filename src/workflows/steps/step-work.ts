import type { Json } from '../../lib/json-object.ts'
import type { Step } from '../plan/step.ts'
import type { TemplateContext } from '../templates/context.ts'

/** What a step gets to do its work with: one attempt, in one run. */
export type StepWork = {
  step: Step
  accountId: string
  runId: string
  /** The connection that the run was started with, where it was with one. */
  connectionId: string | null
  /** The config with its templates resolved, but for what the kind keeps as it was written (`unresolvedFields`). */
  config: Json
  context: TemplateContext
  /** Aborts when the run is cancelled or out of time, or this attempt is. */
  signal: AbortSignal
  /** Lets time pass by the clock, in ms. @throws the signal's reason, when it aborts */
  pause(ms: number): Promise<void>
  /** A value as it may be kept: *** in the place of each secret. */
  masked(value: unknown): Promise<unknown>
  /** The first characters of a text, without a piece of a secret at their end (secret-mask.ts). */
  shortened(text: string, charsMax: number): Promise<string>
  /** Has the run show what became of a field that the kind resolves itself (`formulas`). */
  resolved(name: string, value: unknown): void
  /** A line for the run's log. */
  log(level: LogLevel, message: string): void
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** How a kind of step is carried out. */
export type StepPerformer = {
  /** @returns the step's output, which must be JSON. @throws StepError where the step failed. */
  perform(work: StepWork): Promise<unknown>
}

export type StepErrorCode = 'STEP_ERROR' | 'INTEGRATION_ERROR' | 'TIMEOUT' | 'VALIDATION_ERROR'

/** A step that failed. The message goes to whoever reads the run, so it holds no secret and no trace of ours. */
export class StepError extends Error {
  readonly code: StepErrorCode

  constructor(code: StepErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StepError'
    this.code = code
  }
}
