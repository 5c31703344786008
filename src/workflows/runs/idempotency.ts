import { AppError } from '../../errors.ts'
import { canonicalJson } from '../../lib/canonical-json.ts'
import type { Run, RunStart } from './run.ts'

/**
 * What an idempotency key stands for: SHA-256 of what was asked for. How the client spelled it (the order of an
 * object's fields) does not count. null where it is not compared: what a trigger starts twice under one key is
 * the same event, though it tells of it at another time.
 */
export function requestHashOf(start: RunStart): string | null {
  if (start.idempotencyKey === null || start.triggerType !== 'api') return null
  const { input, connectionId, maxExecutionTimeMs } = start
  const text = canonicalJson([input, connectionId, maxExecutionTimeMs])
  return new Bun.CryptoHasher('sha256').update(text).digest('base64')
}

/** @returns the run that has the key. @throws CONFLICT where the key stands for something else. */
export function sameRequest(run: Run, requestHash: string | null): Run {
  if (run.requestHash === requestHash) return run
  throw new AppError('CONFLICT', 'The idempotency key was used with another request body')
}
