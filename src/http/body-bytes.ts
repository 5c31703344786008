import { AppError, invalid } from '../errors.ts'

/**
 * Reads a request's body, counted while it comes in, because a length that was told may be wrong or missing.
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
  const tooLarge = () => new AppError('TOO_LARGE', tooLargeMessage)
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge()

  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunksOf(request, late)) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge()
    chunks.push(chunk)
    onChunk?.(chunk.byteLength)
  }
  return Buffer.concat(chunks)
}

// --- internal ---

async function* chunksOf({ body }: Request, late: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (!body) return
  try {
    yield* late ? untilLate(body, late) : body
  } catch (error) {
    // Bun's word for a connection that was closed: nobody is there to be answered, and it is no defect of ours.
    if (error instanceof Error && error.name === 'AbortError') throw invalid('body', 'must come in whole')
    throw error
  }
}

async function* untilLate(body: ReadableStream<Uint8Array>, late: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  // Ends a read that waits, too.
  late.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true })
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  if (late.aborted) throw new AppError('UNAVAILABLE', 'The request took too long to come in')
}
