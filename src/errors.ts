import type { Problem } from './lib/problem.ts'

/**
 * Everything that an operation can refuse, in Keyward's own terms. The APIs that face a vendor's clients say how each
 * looks on their wire; the command line says it in one line and an exit code.
 */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONFLICT'
  | 'INVALID_STATE'
  | 'INSUFFICIENT_FUNDS'
  | 'QUOTA_EXCEEDED'
  | 'TOO_LARGE'
  /** The key that a request came with was good when it was admitted, and no longer when the work was to be done. */
  | 'KEY_REVOKED'
  | 'KEY_INVALID'
  /** Not now: the same request may pass in a moment. */
  | 'UNAVAILABLE'
/** How many problems one answer tells: who sends 10,000 wrong steps learns enough from the first ones. */
export const PROBLEMS_MAX = 50

/**
 * A refusal. `message` and `problems` go to the client as they stand, so they never hold a secret or a value
 * the client may not see; anything private goes into `cause`, which no wire form prints.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, problems: readonly Problem[] = [], options?: ErrorOptions) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.problems = problems
  }
}

/** Refuses one field: the message is "<field> <problem>", for a reader who sees no `problems`. */
export function invalid(field: string, message: string): AppError {
  return new AppError('INVALID_INPUT', `${field} ${message}`, [{ field, message }])
}

/**
 * Refuses all the fields that were found wrong, at once; does nothing where there is none.
 * @param summary what the message says; without it, the first problem and how many more there are.
 */
export function refuseInvalid(problems: readonly Problem[], summary?: string): void {
  const [first, ...more] = problems
  if (!first) return
  const rest = more.length > 0 ? ` (and ${more.length} more)` : ''
  throw new AppError('INVALID_INPUT', summary ?? `${first.field} ${first.message}${rest}`, problems)
}
