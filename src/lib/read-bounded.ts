import { restAfter } from './large-json.ts'
import { nextTurn } from './next-turn.ts'

/**
 * Reads a body to its end, counted as it comes, because a length that was told may be wrong or missing. What is
 * left of it is given up, however the reading ends.
 * @param signal ends the reading, also while nothing comes. Rejects with its reason then.
 * @param onChunk told of the bytes of each piece as it comes
 * @returns null where there are more than `bytesMax`.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  bytesMax: number,
  signal?: AbortSignal,
  onChunk?: (bytes: number) => void,
): Promise<Buffer<ArrayBuffer> | null> {
  if (!body) return Buffer.alloc(0)
  const reader = body.getReader()
  const stop = () => void reader.cancel().catch(() => {})
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await readChunks(reader, bytesMax, signal, onChunk)
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

// --- internal ---

async function readChunks(
  reader: { read(): Promise<{ done: boolean; value?: Uint8Array }> },
  bytesMax: number,
  signal: AbortSignal | undefined,
  onChunk: ((bytes: number) => void) | undefined,
): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    // To cancel looks like an end to whoever reads.
    signal?.throwIfAborted()
    if (done || !value) {
      await restAfter(bytes)
      return together(chunks, bytes)
    }
    bytes += value.byteLength
    if (bytes > bytesMax) return null
    chunks.push(value)
    onChunk?.(value.byteLength)
  }
}

/**
 * Copied in turns: to write to 10 MiB of new memory for the first time takes up to 60 ms. It is not written to before, which
 * `Buffer.alloc` may do.
 */
async function together(chunks: readonly Uint8Array[], bytes: number): Promise<Buffer<ArrayBuffer>> {
  const whole = Buffer.allocUnsafeSlow(bytes)
  let [at, copied] = [0, 0]
  for (const piece of chunks.flatMap(piecesOf)) {
    whole.set(piece, at)
    at += piece.byteLength
    copied += piece.byteLength
    if (copied < TURN_BYTES) continue
    await nextTurn()
    copied = 0
  }
  return whole
}

function piecesOf(chunk: Uint8Array): Uint8Array[] {
  const count = Math.ceil(chunk.byteLength / TURN_BYTES)
  return Array.from({ length: count }, (_, i) => chunk.subarray(i * TURN_BYTES, (i + 1) * TURN_BYTES))
}

/** Takes 4 ms at most. */
const TURN_BYTES = 1024 * 1024
