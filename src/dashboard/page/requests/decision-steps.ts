import type { RequestView } from '../../../requests/request-view.ts'

/** One of the checks that a request met, in their order. */
export type DecisionStep = {
  check: string
  outcome: 'passes' | 'refuses' | 'not reached'
  detail: string
}

type Decided = Pick<RequestView, 'api' | 'status' | 'decision' | 'reason' | 'limit' | 'durationMs'>

/**
 * Tells the decision on a request step by step, in the order that both wings' READMEs tell: key, limit, scope, path, operation.
 * It says what is known of it: a path that is not served and an operation that found nothing both answer 404.
 */
export function decisionSteps(request: Decided): DecisionStep[] {
  const { api, decision } = request
  if (api === null) return [operation(request)]
  const steps = [key(request), limit(request), scope(request), path(request), operation(request)]
  const last = steps.findIndex(({ outcome }) => outcome === 'refuses')
  return steps.map((step, index) =>
    last >= 0 && index > last && !(step.check === 'limit' && decision === 'rate_limited')
      ? { ...step, outcome: 'not reached', detail: step.check === 'limit' ? step.detail : '' }
      : step,
  )
}

// --- internal ---

const NO_KEY: readonly string[] = ['missing', 'invalid', 'revoked', 'busy']

function key({ decision, reason, limit }: Decided): DecisionStep {
  if (NO_KEY.includes(decision)) return { check: 'key', outcome: 'refuses', detail: reason ?? decision }
  if (limit?.policy === 'address')
    return { check: 'key', outcome: 'refuses', detail: 'it came without a key that is known to be valid' }
  if (limit?.policy === 'webhooks')
    return { check: 'key', outcome: 'passes', detail: 'none is needed: the sender’s signature counts' }
  return { check: 'key', outcome: 'passes', detail: 'it is valid' }
}

function limit({ decision, reason, limit: window }: Decided): DecisionStep {
  const words =
    window === null ? '' : `${window.policy}: ${window.limit - window.remaining} of ${window.limit} used`
  if (decision === 'rate_limited') return { check: 'limit', outcome: 'refuses', detail: reason ?? words }
  return { check: 'limit', outcome: 'passes', detail: words }
}

function scope({ decision, reason }: Decided): DecisionStep {
  if (decision === 'forbidden') return { check: 'scope', outcome: 'refuses', detail: reason ?? '' }
  return { check: 'scope', outcome: 'passes', detail: '' }
}

/** By the words of http/api.ts. */
function path({ status, reason }: Decided): DecisionStep {
  if (status === 404 && reason === 'Not found')
    return { check: 'path', outcome: 'refuses', detail: 'nothing is served at this path' }
  if (status === 405) return { check: 'path', outcome: 'refuses', detail: reason ?? '' }
  return { check: 'path', outcome: 'passes', detail: '' }
}

function operation({ status, reason, durationMs }: Decided): DecisionStep {
  const check = reason?.startsWith('fault ') ? 'fault' : 'operation'
  const answered = status === 0 ? 'its connection was cut' : `answered ${status} in ${durationMs} ms`
  const detail = reason === null ? answered : `${reason} (${answered})`
  return { check, outcome: status > 0 && status < 400 ? 'passes' : 'refuses', detail }
}
