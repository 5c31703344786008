import type { ErrorCode } from '../errors.ts'
import type { Reply } from '../http/endpoint.ts'
import { retrySoon } from '../http/failure-reply.ts'
import type { KeylessDialect } from '../http/keyless-api.ts'

/** How /_dev refuses: the code is the operation's own word. */
export const devDialect: KeylessDialect = {
  prefix: '/_dev',

  failed({ code, message, problems }) {
    const reply = error(STATUSES[code], code, message, problems)
    return code === 'UNAVAILABLE' ? retrySoon(reply) : reply
  },

  broken: () => error(500, 'INTERNAL_ERROR', 'Internal server error', []),
}

// --- internal ---

const STATUSES: Readonly<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  KEY_REVOKED: 401,
  KEY_INVALID: 401,
  INSUFFICIENT_FUNDS: 402,
  FORBIDDEN: 403,
  QUOTA_EXCEEDED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  INVALID_STATE: 409,
  TOO_LARGE: 413,
  UNAVAILABLE: 503,
}

function error(status: number, code: string, message: string, details: readonly unknown[]): Reply {
  return { status, body: { error: { code, message, ...(details.length > 0 && { details }) } } }
}
