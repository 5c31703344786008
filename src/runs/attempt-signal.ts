import { Abort } from './scope.ts'

/** The signal of what is around, and the step's own time limit. `over` rejects when it aborts. */
export function attemptSignal(around: AbortSignal, timeoutMs: number | undefined) {
  const own = new AbortController()
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => undefined)
  const pass = () => own.abort(around.reason)
  const stop = () => over.reject(own.signal.reason)
  own.signal.addEventListener('abort', stop, { once: true })
  around.addEventListener('abort', pass, { once: true })
  if (around.aborted) pass()
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => own.abort(new Abort('TIMEOUT', `The step took longer than ${timeoutMs} ms`)),
          timeoutMs,
        )
  return {
    signal: own.signal,
    over: over.promise,
    end() {
      clearTimeout(timer)
      around.removeEventListener('abort', pass)
    },
  }
}
