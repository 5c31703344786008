/** Far less than an idle connection has (http/listener.ts). */
const ALIVE_EVERY_MS = 10_000

/** A page is told of no comment, so it is an event: where none comes, the connection is dead although nobody has closed it. */
const HERE = new TextEncoder().encode('event: here\ndata: 1\n\n')

/**
 * Sends values as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), with an event `here` now
 * and then that says that the server is there.
 * @param end aborted when what is told of is no more, which ends the answer: a browser asks again by itself.
 */
export function eventStream(
  values: ReadableStream<unknown>,
  end: AbortSignal,
  headers: Record<string, string>,
): Response {
  const reader = values.getReader()
  const encoder = new TextEncoder()
  let alive: Timer | undefined

  function stop(): void {
    clearInterval(alive)
    end.removeEventListener('abort', stop)
    void reader.cancel()
  }

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // With the first byte goes the head of the answer, which says that it has begun.
      controller.enqueue(HERE)
      alive = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(HERE)
      }, ALIVE_EVERY_MS)
      end.addEventListener('abort', stop, { once: true })
    },
    async pull(controller) {
      // A reader who is too slow is let go, and asks again.
      const next = await reader.read().catch(() => ({ done: true, value: undefined }))
      if (!next.done) return controller.enqueue(encoder.encode(`data: ${JSON.stringify(next.value)}\n\n`))
      stop()
      controller.close()
    },
    cancel: stop,
  })
  const own = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }
  return new Response(body, { headers: { ...headers, ...own } })
}
