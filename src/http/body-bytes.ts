import { AppError } from '../errors.ts'
import { readBounded } from '../lib/read-bounded.ts'

/**
 * Reads a request's body.
 * @param late ends the reading when it is aborted
 * @throws TOO_LARGE with this message past `bytesMax`, UNAVAILABLE when it is late; the rest is not read.
 */
export async function readBytes(
  request: Request,
  bytesMax: number,
  tooLargeMessage: string,
  late?: AbortSignal,
): Promise<Buffer> {
  const isToldTooLarge = Number(request.headers.get('content-length') ?? 0) > bytesMax
  const bytes = isToldTooLarge ? null : await readInTime(request, bytesMax, late)
  if (bytes === null) throw new AppError('TOO_LARGE', tooLargeMessage)
  return bytes
}

// --- internal ---

async function readInTime({ body }: Request, bytesMax: number, late: AbortSignal | undefined) {
  try {
    return await readBounded(body, bytesMax, late)
  } catch (error) {
    if (!late?.aborted) throw error
    throw new AppError('UNAVAILABLE', 'The request took too long to come in')
  }
}
