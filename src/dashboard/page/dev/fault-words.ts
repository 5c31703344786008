import type { FaultView } from '../../../dev/fault.ts'

/** Which requests a fault is for: "POST /v1/tasks with key ci". */
export function matchWords({ match: { method, path, api, key } }: Pick<FaultView, 'match'>): string {
  const what = [method, path].filter(Boolean).join(' ') || 'every request'
  return [what, api && `to ${api}`, key && `with key ${key}`].filter(Boolean).join(' ')
}

/** What becomes of them: "answers 503 after 200 ms, twice". */
export function answerWords({
  answer: { status, retryAfter, strict, latencyMs, jitterMs, drop },
  times,
  probability,
}: Pick<FaultView, 'answer' | 'times' | 'probability'>): string {
  const late = latencyMs === undefined ? '' : `${latencyMs}${jitterMs ? ` ± ${jitterMs}` : ''} ms late`
  const parts = [
    late,
    status === undefined ? '' : `answers ${status}`,
    retryAfter === undefined ? '' : `Retry-After ${retryAfter} s${strict ? ', strictly' : ''}`,
    drop === undefined ? '' : `cut off ${drop} the work`,
    times === null ? '' : `${times} times`,
    probability === 1 ? '' : `${Math.round(probability * 1000) / 10} % of them`,
  ]
  return parts.filter(Boolean).join(', ')
}
