import { nextTurn } from '../lib/next-turn.ts'
import { REQUEST_ID_HEADER } from '../requests/request-id.ts'
import type { Reply } from './endpoint.ts'

/**
 * On every answer: no cache keeps it, because it may be meant for one client alone, and no browser guesses another
 * type than it says.
 */
export const GUARD_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** A body that was written as JSON before, in parts that are sent one after the other (lib/large-json.ts). */
export class JsonText {
  readonly parts: readonly string[]

  constructor(parts: readonly string[]) {
    this.parts = parts
  }
}

/** An answer outside of any rate limit, to the request of this id. @param written what `jsonOf` has made of its body */
export function jsonResponse(
  { status, headers }: Reply,
  written: string | ReadableStream<Uint8Array>,
  requestId: string,
): Response {
  const own = { 'Content-Type': 'application/json', [REQUEST_ID_HEADER]: requestId }
  const all = { ...own, ...GUARD_HEADERS, ...headers }
  return new Response(written, { status, headers: all })
}

/** The body of an answer, as Response takes it. */
export function jsonOf(body: unknown): string | ReadableStream<Uint8Array> {
  if (!(body instanceof JsonText)) return JSON.stringify(body)
  const [first = '', ...more] = body.parts
  return more.length === 0 ? first : streamOf(body.parts)
}

/** The text of an answer, for whoever keeps some of it. @param written as for `bytesOf` */
export function textOf(
  body: unknown,
  written: string | ReadableStream<Uint8Array>,
): string | readonly string[] {
  if (typeof written === 'string') return written
  return body instanceof JsonText ? body.parts : ''
}

/** How long an answer is, in bytes. @param written what `jsonOf` has made of its body */
export function bytesOf(body: unknown, written: string | ReadableStream<Uint8Array>): number {
  if (typeof written === 'string') return Buffer.byteLength(written)
  return body instanceof JsonText ? body.parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0) : 0
}

// --- internal ---

function streamOf(parts: readonly string[]): ReadableStream<Uint8Array> {
  const left = parts.values()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = left.next()
      if (done) return controller.close()
      controller.enqueue(encoder.encode(value))
      // All parts are there at once, and the receiver may be fast.
      await nextTurn()
    },
  })
}
