import type { Step } from '../../plan/step.ts'
import { rulesOf } from '../../steps/kinds.ts'

/** The sample of the vendor's page, taken as its defaults (workflows/README.md, "Errors and retries"). */
const DEFAULTS = { maxAttempts: 3, initialDelayMs: 1000, maxDelayMs: 30_000, backoffMultiplier: 2 }

/**
 * How often a step is tried in all: once, unless its strategy is to retry or it has a `retryConfig`, which those
 * that wait or have steps inside keep and do not use.
 */
export function attemptsOf(step: Step): number {
  if (rulesOf(step).way !== 'performed') return 1
  const { retryConfig, errorHandling } = step
  const retries = retryConfig !== undefined || errorHandling?.strategy === 'retry'
  return retries ? (retryConfig?.maxAttempts ?? DEFAULTS.maxAttempts) : 1
}

/** How long to wait after so many failed attempts, in ms. */
export function backoffMs({ retryConfig }: Step, failedAttempts: number): number {
  const { initialDelayMs, backoffMultiplier } = { ...DEFAULTS, ...retryConfig }
  // A default bound must not shorten the delay that the step asks for.
  const maxDelayMs = retryConfig?.maxDelayMs ?? Math.max(DEFAULTS.maxDelayMs, initialDelayMs)
  return Math.min(maxDelayMs, Math.round(initialDelayMs * backoffMultiplier ** (failedAttempts - 1)))
}
