import { Abort } from '../abort.ts'

/** The signal of what is around, and the step's own time limit. `end` takes the limit away. */
export function attemptSignal(around: AbortSignal, timeoutMs: number | undefined) {
  if (timeoutMs === undefined) return { signal: around, end: () => undefined }
  const own = new AbortController()
  const outOfTime = new Abort('TIMEOUT', `The step took longer than ${timeoutMs} ms`)
  const timer = setTimeout(() => own.abort(outOfTime), timeoutMs)
  return { signal: AbortSignal.any([around, own.signal]), end: () => clearTimeout(timer) }
}
