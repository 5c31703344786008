import { invalid } from '../errors.ts'
import { readBytes, readWhole, toldBytes } from './body-bytes.ts'
import { createHeldBodies } from './held-bodies.ts'
import { jsonExcess } from './json-bounds.ts'

/** 1 MiB: a definition of 10,000 steps fits, and a few hundred at once still fit in memory. */
const BODY_BYTES_MAX = 1024 * 1024
const BODY_TOO_LARGE = 'The request body must not be larger than 1 MiB'

/** Of the bodies that are still coming in, from all senders: 64 MiB, small ones aside. */
const HELD_BYTES_MAX = 44 * 1024 * 1024
const heldBodies = createHeldBodies(HELD_BYTES_MAX)

/** Of these, those that are read in one piece, and cannot be ended where others need the memory. */
const WHOLE_BYTES_MAX = 20 * 1024 * 1024
let wholeBytes = 0

/** Ten thousand senders of a small body that never end hold 40 MiB. */
const SMALL_BYTES = 4096

/**
 * Reads the body of a request, of at most 1 MiB.
 * @throws TOO_LARGE past that; UNAVAILABLE where it takes long to come in and others need the memory.
 */
export async function readBody(request: Request): Promise<Buffer> {
  const told = toldBytes(request)
  if (told !== null && told <= SMALL_BYTES) return readWhole(request)
  if (told !== null && told <= BODY_BYTES_MAX && wholeBytes + told <= WHOLE_BYTES_MAX)
    return readCounted(request, told)
  const held = heldBodies.begin()
  try {
    return await readBytes(request, BODY_BYTES_MAX, BODY_TOO_LARGE, held.late, held.add)
  } finally {
    held.end()
  }
}

/**
 * Reads a request's JSON. It is read here and not by Elysia, because Elysia parses before anyone could ask
 * for the key, and because Bun's own limit answers an empty 413 that no API's client understands.
 * @throws as `readBody`; INVALID_INPUT for another content type, no JSON, or JSON we cannot keep.
 */
export async function readJson(request: Request): Promise<unknown> {
  refuseOtherType(request)
  return parseJson(toText(await readBody(request)), 'body')
}

/** As `readJson`, of a request that may come without a body. @returns null where it has none, or one of no bytes. */
export async function readJsonIfAny(request: Request): Promise<unknown> {
  const bytes = await readBody(request)
  if (bytes.length === 0) return null
  refuseOtherType(request)
  return parseJson(toText(bytes), 'body')
}

/** Whether a Content-Type says JSON: application/json, or application/<something>+json. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')
}

/** @returns a body as text. @throws INVALID_INPUT where it is not UTF-8. */
export function toText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
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
  const value = parseIfJson(text, field)
  if (value === undefined) throw invalid(field, 'must be valid JSON')
  return value
}

/**
 * As `parseJson`, for text that need not be JSON.
 * @returns undefined where it is none.
 * @throws INVALID_INPUT for JSON we cannot keep, and for text that is too much to find out.
 */
export function parseIfJson(text: string, field: string): unknown {
  const excess = jsonExcess(text)
  if (excess !== null) throw invalid(field, excess)
  const value = parse(text)
  refuseUnkeepable(value, field)
  return value
}

// --- internal ---

function refuseOtherType({ headers }: Request): void {
  if (!isJsonType(headers.get('content-type'))) throw invalid('Content-Type', 'must be application/json')
}

/** Twenty bodies of 1 MB that come at once hold the others a third as long so as by their streams. */
async function readCounted(request: Request, told: number): Promise<Buffer> {
  wholeBytes += told
  try {
    return await readWhole(request)
  } finally {
    wholeBytes -= told
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The parser's own message is dropped: it quotes what it met, which may be a secret. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Refuses what would not come back as it was sent, or would change more than its own object. Recursive, which
 * makes nothing on the way; `jsonExcess` has bounded the depth.
 */
function refuseUnkeepable(value: unknown, field: string): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw invalid(field, 'must not contain an unpaired surrogate')
  }
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw invalid(field, 'must not contain a number that is too large to be kept')
  }
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) refuseUnkeepable(item, field)
    return
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw invalid(field, 'must not have a field named __proto__')
    refuseUnkeepable(Reflect.get(value, name), field)
  }
}
