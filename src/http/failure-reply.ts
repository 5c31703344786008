import { AppError, type ErrorCode } from '../errors.ts'
import { isDamaged, storageTrouble } from '../lib/storage-trouble.ts'
import type { Reply } from './endpoint.ts'

/** The database is damaged, until there is a good one in its place; or a file may not be read. */
export const NOT_READ = new AppError(
  'UNAVAILABLE',
  'What is stored cannot be read at the moment. Please try again later.',
)

/** How an API words what its operations refuse. */
export type FailureForm = {
  /** What the API says where a key is no good any more, which can show as late as in the operation. */
  refusals: Readonly<Record<'revoked' | 'invalid', Reply>>
  statuses: Readonly<
    Record<Exclude<ErrorCode, 'KEY_REVOKED' | 'KEY_INVALID'>, readonly [status: number, code: string]>
  >
  error(status: number, code: string, message: string, details: readonly unknown[]): Reply
}

/** @returns what a client is told of an error of the database: to come again. null: it is a defect of ours. */
export function storageRefusal(error: unknown): AppError | null {
  if (storageTrouble(error) !== null) return NOT_STORED
  return isDamaged(error) ? NOT_READ : null
}

/** Writes what an operation has refused in the API's own form. */
export function failureReply({ code, message, problems }: AppError, form: FailureForm): Reply {
  if (code === 'KEY_REVOKED') return form.refusals.revoked
  if (code === 'KEY_INVALID') return form.refusals.invalid
  const [status, name] = form.statuses[code]
  const reply = form.error(status, name, message, problems)
  return code === 'UNAVAILABLE' ? retrySoon(reply) : reply
}

/** What is busy now is free in a second. */
export function retrySoon(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'Retry-After': '1' } }
}

// --- internal ---

/** The disk is full, cannot be written to, or is locked. */
const NOT_STORED = new AppError('UNAVAILABLE', 'Nothing can be stored at the moment. Please try again later.')
