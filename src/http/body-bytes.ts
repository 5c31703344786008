import { AppError, invalid } from '../errors.ts'
import { readBounded } from '../lib/read-bounded.ts'
import { tellBody } from '../requests/body-listener.ts'

/**
 * Reads a request's body.
 * @param late ends the reading when it is aborted
 * @param onChunk told of the bytes of each piece as it comes
 * @throws TOO_LARGE with this message past `bytesMax`, UNAVAILABLE when it is late; the rest is not read.
 * INVALID_INPUT where the sender breaks off.
 */
export async function readBytes(
  request: Request,
  bytesMax: number,
  tooLargeMessage: string,
  late?: AbortSignal,
  onChunk?: (bytes: number) => void,
): Promise<Buffer> {
  const isToldTooLarge = Number(request.headers.get('content-length') ?? 0) > bytesMax
  const bytes = isToldTooLarge ? null : await readInTime(request, bytesMax, late, onChunk)
  if (bytes === null) throw new AppError('TOO_LARGE', tooLargeMessage)
  tellBody(request, bytes)
  return bytes
}

/**
 * Whether a body is told to be so small that it is read in one piece, without a stream, which costs a tenth of a small
 * request. Bun takes no more than was told, and ten thousand senders that never end hold 40 MiB.
 */
export function isSmall({ headers }: Request): boolean {
  const told = headers.get('content-length')
  return told !== null && Number(told) <= SMALL_BYTES
}

// --- internal ---

const SMALL_BYTES = 4096

async function readInTime(
  request: Request,
  bytesMax: number,
  late: AbortSignal | undefined,
  onChunk: ((bytes: number) => void) | undefined,
): Promise<Buffer | null> {
  try {
    return isSmall(request)
      ? Buffer.from(await request.arrayBuffer())
      : await readBounded(request.body, bytesMax, late, onChunk)
  } catch (error) {
    if (late?.aborted) throw new AppError('UNAVAILABLE', 'The request took too long to come in')
    // Bun's word for a connection that was closed: nobody is there to be answered, and it is no defect of ours.
    if (error instanceof Error && error.name === 'AbortError') throw invalid('body', 'must come in whole')
    throw error
  }
}
