import type { Json } from '../../lib/json-object.ts'

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

/** The kinds of steps that we carry out ourselves; every other step is a provider's action. */
export type StepKind =
  | 'api.request'
  | 'condition'
  | 'transform'
  | 'code'
  | 'wait'
  | 'loop'
  | 'parallel'
  | 'approval'
  | 'action'

/** The kind of a step, whichever of the vendor's spellings it is written in. */
export function kindOf({ type, action }: Pick<Step, 'type' | 'action'>): StepKind {
  if (type === 'api' || action === 'api.request') return 'api.request'
  if (type === 'approval' || action === 'approval.request') return 'approval'
  return OWN_TYPES.has(type) ? (type as StepKind) : 'action'
}

/**
 * What a step of kind `action` asks of whom: { provider: "slack", action: "sendMessage" }. A step that has its
 * provider in its type (slack, email, agent, data_table …) names the action, if at all, in its config.
 */
export function providerAction(step: Step): { provider: string; action: string } {
  if (step.action !== undefined) {
    const [provider = '', ...action] = step.action.split('.')
    return { provider, action: action.join('.') }
  }
  const named = step.config.action ?? step.config.operation
  return { provider: step.type, action: typeof named === 'string' ? named : 'execute' }
}

// --- internal ---

const OWN_TYPES = new Set(['condition', 'transform', 'code', 'wait', 'loop', 'parallel'])
