import type { Json } from '../../lib/json-object.ts'

/** The engine records at most 1,000 attempts of a run; so each step of the longest workflow may be tried twice. */
export const STEPS_MAX = 500

/** A step as a definition holds it (workflows/README.md, "Steps"). */
export type Step = {
  id: string
  /** action, condition, transform, wait, approval, loop, parallel, code, api … */
  type: string
  name?: string
  /** For `action`: "{provider}.{actionName}". */
  action?: string
  config: Json
  retryConfig?: RetryConfig
  errorHandling?: ErrorHandling
  /** How long one attempt may take, in ms. */
  timeoutMs?: number
}

export type RetryConfig = {
  maxAttempts?: number
  initialDelayMs?: number
  maxDelayMs?: number
  backoffMultiplier?: number
}

export type ErrorHandling = {
  /** fail: the run ends · continue: `fallback` is the step's output · retry: by `retryConfig`, then fail. */
  strategy: 'fail' | 'continue' | 'retry'
  fallback?: unknown
}

/** What the vendor's Studio saves; the parts that we read (workflows/README.md, "Canvas"). */
export type CanvasState = Json & {
  blocks?: Record<string, Json>
  edges?: { id?: string; source: string; target: string; sourceHandle?: string | null }[]
  loops?: Record<string, { nodes?: string[] } & Json>
  parallels?: Record<string, { nodes?: string[] } & Json>
}
