import { aliveStream } from '../lib/alive-stream.ts'

/**
 * Sends values as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), with an event `here` now
 * and then that says that the server is there: a page is told of no comment, and where none comes, the connection is dead
 * although nobody has closed it. A reader who is too slow is let go, and asks again.
 * @param end aborted when what is told of is no more, which ends the answer: a browser asks again by itself.
 */
export function eventStream(
  values: ReadableStream<unknown>,
  end: AbortSignal,
  headers: Record<string, string>,
): Response {
  const events = aliveStream(values, end, {
    here: 'event: here\ndata: 1\n\n',
    write: (value) => `data: ${JSON.stringify(value)}\n\n`,
  })
  const own = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }
  return new Response(events, { headers: { ...headers, ...own } })
}
