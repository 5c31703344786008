import { printable } from '../lib/printable.ts'
import type { RequestView } from '../requests/request-view.ts'

/**
 * A request in one line for people: when (UTC), status, method and path, how long, whose key, what is left of its limit, and
 * why it was refused.
 * @param painted whether the status has its colour
 */
export function requestLine(view: RequestView, painted: boolean): string {
  const { at, status, method, path, durationMs, limit, reason } = view
  const parts = [
    at.slice(11, 19),
    painted ? `\u001b[${colorOf(status)}m${status}\u001b[39m` : `${status}`,
    printable(`${method} ${path}`),
    `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)}ms`,
    ...(view.key ? [printable(view.key.name ?? `${view.key.prefix}…`)] : []),
    ...(limit ? [`${limit.remaining}/${limit.limit}`] : []),
  ]
  return `${parts.join('  ')}${reason === null ? '' : `  ${printable(reason)}`}`
}

// --- internal ---

const GREEN = 32
const YELLOW = 33
const RED = 31

/** 0: there was no answer. */
function colorOf(status: number): number {
  if (status >= 500 || status === 0) return RED
  return status >= 400 ? YELLOW : GREEN
}
