import { AppError } from '../errors.ts'

/**
 * Reads a request's body, counted while it comes in, because a length that was told may be wrong or missing.
 * @param late ends the reading when it is aborted
 * @throws TOO_LARGE with this message past `bytesMax`, UNAVAILABLE when it is late; the rest is not read.
 */
export async function readBytes(
  request: Request,
  bytesMax: number,
  tooLargeMessage: string,
  late?: AbortSignal,
): Promise<Buffer> {
  const tooLarge = () => new AppError('TOO_LARGE', tooLargeMessage)
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge()

  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunksOf(request, late)) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

// --- internal ---

async function* chunksOf({ body }: Request, late: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (!body) return
  if (!late) return yield* body
  const reader = body.getReader()
  // Ends a read that waits, too.
  late.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true })
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  if (late.aborted) throw new AppError('UNAVAILABLE', 'The request took too long to come in')
}
