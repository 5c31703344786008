import { EgressError, failureOf } from './failure.ts'

/**
 * Reads a body to its end, and closes the connection however it ends.
 * @param bytesMax counted as they come, because a length that is told may be wrong, missing, or that of another
 * answer (HEAD).
 * @param signal ends the reading.
 * @throws EgressError: answer_too_large past the bound, timed_out, connection_lost …
 */
export async function readBounded(
  response: Response,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
  const reader = response.body?.getReader()
  if (!reader) return Buffer.alloc(0)
  const stop = () => void reader.cancel().catch(() => {})
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await readChunks(reader, bytesMax, signal)
  } catch (error) {
    throw new EgressError(failureOf(error), { cause: error })
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

// --- internal ---

async function readChunks(
  reader: { read(): Promise<{ done: boolean; value?: Uint8Array }> },
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    // To cancel looks like an end to whoever reads.
    signal.throwIfAborted()
    if (done || !value) return Buffer.concat(chunks)
    bytes += value.byteLength
    if (bytes > bytesMax) throw new EgressError('answer_too_large')
    chunks.push(value)
  }
}
