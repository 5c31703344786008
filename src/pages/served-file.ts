import { promisify } from 'node:util'

/** A file that pages are made of, as it goes out. */
export type ServedFile = { plain: Blob; compressed: Uint8Array<ArrayBuffer>; type: string }

/** Compressed once, on a thread of zlib's. @param type without a charset */
export async function servedFile(plain: Blob, type: string): Promise<ServedFile> {
  // Loaded when it is asked for: with the streams that it brings it is 2 MiB.
  const { gzip } = await import('node:zlib')
  const compressed = await promisify(gzip)(await plain.bytes())
  return { plain, compressed: Uint8Array.from(compressed), type: `${type}; charset=utf-8` }
}

/** Compressed for who takes that. */
export function answerServedFile(
  { plain, compressed, type }: ServedFile,
  request: Request,
  others: Readonly<Record<string, string>>,
): Response {
  const headers = { ...others, 'Content-Type': type, Vary: 'Accept-Encoding' }
  if (!takesGzip(request)) return new Response(plain, { headers })
  return new Response(compressed, { headers: { ...headers, 'Content-Encoding': 'gzip' } })
}

// --- internal ---

function takesGzip(request: Request): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers.get('accept-encoding') ?? '')
}
