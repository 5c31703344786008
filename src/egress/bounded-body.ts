import { readBounded } from '../lib/read-bounded.ts'
import { EgressError, failureOf } from './failure.ts'

/**
 * Reads an answer to its end, and closes the connection however it ends.
 * @param bytesMax counted as they come, because a length that is told may be wrong, missing, or that of another
 * answer (HEAD).
 * @param signal ends the reading.
 * @throws EgressError: answer_too_large past the bound, timed_out, connection_lost …
 */
export async function readAnswer(
  { body }: Response,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = await readBounded(body, bytesMax, signal).catch((error) => {
    throw new EgressError(failureOf(error), { cause: error })
  })
  if (bytes === null) throw new EgressError('answer_too_large')
  return bytes
}
