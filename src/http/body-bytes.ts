import { AppError, invalid } from '../errors.ts'
import { restAfter } from '../lib/large-json.ts'
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
  const isToldTooLarge = (toldBytes(request) ?? 0) > bytesMax
  const bytes = isToldTooLarge ? null : await readInTime(request, bytesMax, late, onChunk)
  if (bytes === null) throw new AppError('TOO_LARGE', tooLargeMessage)
  tellBody(request, bytes)
  return bytes
}

/**
 * Reads a body whose length is told in one piece, without a stream: that costs a tenth of a small request, and takes the
 * memory of a large one several times. Bun takes no more than was told. Nothing ends it before its end.
 * @throws INVALID_INPUT where the sender breaks off.
 */
export async function readWhole(request: Request): Promise<Buffer> {
  const bytes = Buffer.from(await unlessBrokenOff(request.arrayBuffer()))
  await restAfter(bytes.byteLength)
  tellBody(request, bytes)
  return bytes
}

/** @returns null where no length is told. */
export function toldBytes({ headers }: Request): number | null {
  const told = headers.get('content-length')
  return told === null ? null : Number(told)
}

// --- internal ---

async function readInTime(
  request: Request,
  bytesMax: number,
  late: AbortSignal | undefined,
  onChunk: ((bytes: number) => void) | undefined,
): Promise<Buffer | null> {
  try {
    return await unlessBrokenOff(readBounded(request.body, bytesMax, late, onChunk))
  } catch (error) {
    if (late?.aborted) throw new AppError('UNAVAILABLE', 'The request took too long to come in')
    throw error
  }
}

async function unlessBrokenOff<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    // Bun's word for a connection that was closed: nobody is there to be answered, and it is no defect of ours.
    if (error instanceof Error && error.name === 'AbortError') throw invalid('body', 'must come in whole')
    throw error
  }
}
