import { AppError, invalid } from '../errors.ts'

/** 1 MiB: a definition of 10,000 steps fits, and a few hundred at once still fit in memory. */
const BODY_BYTES_MAX = 1024 * 1024

/** Deep enough for any real definition; far below what makes JSON.stringify run out of stack. */
const DEPTH_MAX = 64

/**
 * Reads a request's JSON. It is read here and not by Elysia, because Elysia parses before anyone could ask
 * for the key, and because Bun's own limit answers an empty 413 that no API's client understands.
 * @throws TOO_LARGE past 1 MiB; INVALID_INPUT for another content type, no JSON, or JSON we cannot keep.
 */
export async function readJson(request: Request): Promise<unknown> {
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw invalid('Content-Type', 'must be application/json')
  }
  const value = parse(await readText(request))
  refuseUnkeepable(value)
  return value
}

// --- internal ---

async function readText(request: Request): Promise<string> {
  const tooLarge = new AppError('TOO_LARGE', 'The request body must not be larger than 1 MiB')
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge

  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) throw tooLarge
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw invalid('body', 'must be UTF-8')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes what it met, which may be a secret.
    throw invalid('body', 'must be valid JSON')
  }
}

/** Refuses what would not come back as it was sent, or would change more than its own object. */
function refuseUnkeepable(value: unknown): void {
  const pending: { value: unknown; depth: number }[] = [{ value, depth: 1 }]
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (typeof next.value === 'string' && !next.value.isWellFormed()) {
      throw invalid('body', 'must not contain half a surrogate pair')
    }
    if (typeof next.value !== 'object' || next.value === null) continue
    if (next.depth > DEPTH_MAX) throw invalid('body', `must not be nested deeper than ${DEPTH_MAX} levels`)
    for (const [key, child] of Object.entries(next.value)) {
      if (key === '__proto__') throw invalid('body', 'must not have a field named __proto__')
      pending.push({ value: child, depth: next.depth + 1 })
    }
  }
}
