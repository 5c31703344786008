import { AppError } from '../errors.ts'

/**
 * Reads a request's body, counted while it comes in, because a length that was told may be wrong or missing.
 * @throws TOO_LARGE with this message past `bytesMax`; the rest is not read.
 */
export async function readBytes(
  request: Request,
  bytesMax: number,
  tooLargeMessage: string,
): Promise<Buffer> {
  const tooLarge = () => new AppError('TOO_LARGE', tooLargeMessage)
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge()

  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
