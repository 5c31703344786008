import type { SocketAnswer } from '../admin/socket-answer.ts'
import { devDialect } from '../dev/wire.ts'
import { AppError } from '../errors.ts'
import type { Reply } from '../http/endpoint.ts'

/** What an operation came to: `{ value }`, or its refusal, as those under /_dev look: the code is the operation's own word. */
export function outcomeReply(outcome: SocketAnswer): Reply {
  if ('value' in outcome) return { status: 200, body: { value: outcome.value ?? null } }
  if ('broken' in outcome) return devDialect.broken()
  const { code, message, problems } = outcome.error
  return devDialect.failed(new AppError(code, message, problems))
}

/** No operation refuses in this way: there is no session, and a link opens one. */
export const NOT_SIGNED_IN: Reply = {
  status: 401,
  body: {
    error: { code: 'NOT_SIGNED_IN', message: 'Sign in with the link that `keyward admin dashboard` prints' },
  },
}
