import { invalid } from '../errors.ts'
import { readBytes } from './body-bytes.ts'

/** 1 MiB: a definition of 10,000 steps fits, and a few hundred at once still fit in memory. */
export const BODY_BYTES_MAX = 1024 * 1024
export const BODY_TOO_LARGE = 'The request body must not be larger than 1 MiB'

/** Deep enough for any real definition; far below what makes JSON.stringify run out of stack. */
const DEPTH_MAX = 64

/**
 * Reads a request's JSON. It is read here and not by Elysia, because Elysia parses before anyone could ask
 * for the key, and because Bun's own limit answers an empty 413 that no API's client understands.
 * @throws TOO_LARGE past 1 MiB; INVALID_INPUT for another content type, no JSON, or JSON we cannot keep.
 */
export async function readJson(request: Request): Promise<unknown> {
  if (!isJsonType(request.headers.get('content-type'))) {
    throw invalid('Content-Type', 'must be application/json')
  }
  return parseJson(toText(await readBytes(request, BODY_BYTES_MAX, BODY_TOO_LARGE)), 'body')
}

/** Whether a Content-Type says JSON: application/json, or application/<something>+json. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')
}

/** @returns a body as text. @throws INVALID_INPUT where it is not UTF-8. */
export function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid('body', 'must be UTF-8')
  }
}

/**
 * Reads JSON that came as text.
 * @param field where it stood, for the refusal
 * @throws INVALID_INPUT for no JSON, or JSON we cannot keep.
 */
export function parseJson(text: string, field: string): unknown {
  const value = parse(text, field)
  refuseUnkeepable(value, field)
  return value
}

// --- internal ---

function parse(text: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes what it met, which may be a secret.
    throw invalid(field, 'must be valid JSON')
  }
}

/**
 * Refuses what would not come back as it was sent, or would change more than its own object. Goes down level by
 * level and makes nothing for each value: a body of 1 MiB may hold half a million of them.
 */
function refuseUnkeepable(value: unknown, field: string): void {
  let level: object[] = isContainer(value) ? [value] : []
  refuseUnkeepableScalar(value, field)
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw invalid(field, `must not be nested deeper than ${DEPTH_MAX} levels`)
    const below: object[] = []
    for (const container of level) {
      if (Object.hasOwn(container, '__proto__')) throw invalid(field, 'must not have a field named __proto__')
      for (const child of Array.isArray(container) ? container : Object.values(container)) {
        if (isContainer(child)) below.push(child)
        else refuseUnkeepableScalar(child, field)
      }
    }
    level = below
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function refuseUnkeepableScalar(value: unknown, field: string): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw invalid(field, 'must not contain half a surrogate pair')
  }
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw invalid(field, 'must not contain a number that is too large to be kept')
  }
}
