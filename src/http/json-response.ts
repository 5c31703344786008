import type { Reply } from './endpoint.ts'

/**
 * On every answer: no cache keeps it, because it may be meant for one client alone, and no browser guesses another
 * type than it says.
 */
export const GUARD_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** A body that is JSON already. */
export class WrittenJson {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export function jsonOf(body: unknown): string {
  return body instanceof WrittenJson ? body.text : JSON.stringify(body)
}

/** An answer outside of any rate limit. */
export function jsonResponse({ status, body, headers }: Reply): Response {
  const all = { 'Content-Type': 'application/json', ...GUARD_HEADERS, ...headers }
  return new Response(JSON.stringify(body), { status, headers: all })
}
