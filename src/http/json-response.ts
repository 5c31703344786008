import type { Reply } from './endpoint.ts'

/**
 * What every answer has: nobody keeps it, because it may be one client's alone, and no browser takes it for
 * another type than it says.
 */
export const GUARD_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** An answer outside of any rate limit. */
export function jsonResponse({ status, body, headers }: Reply): Response {
  const all = { 'Content-Type': 'application/json', ...GUARD_HEADERS, ...headers }
  return new Response(JSON.stringify(body), { status, headers: all })
}
