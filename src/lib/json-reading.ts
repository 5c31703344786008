import type { SlicedWork } from './sliced-work.ts'

/** So many characters are read, or looked through, in about a millisecond, or a few. */
const PIECE_CHARS = 256 * 1024

/**
 * Reads what JSON.parse reads, in pieces between which it yields: lists and objects some members at a time, long texts part by
 * part. JSON.parse takes 40 to 100 ms for 10 MiB. The depth must be bounded.
 * @param pieceChars for tests
 * @throws SyntaxError as JSON.parse, in other words
 */
export function* readJson(json: string, pieceChars = PIECE_CHARS): SlicedWork<unknown> {
  if (json.length <= pieceChars) return JSON.parse(json)
  let at = 0
  const whole = yield* value()
  skipSpace()
  if (at < json.length) throw unexpected()
  return whole

  function* value(): SlicedWork<unknown> {
    skipSpace()
    const code = json.charCodeAt(at)
    if (code === QUOTE) return yield* text()
    if (code === OPEN_LIST) return yield* list()
    if (code === OPEN_OBJECT) return yield* object()
    const from = at
    while (at < json.length && !ENDS_SCALAR.has(json.charCodeAt(at))) at++
    return JSON.parse(json.slice(from, at))
  }

  function* list(): SlicedWork<unknown[]> {
    const items: unknown[] = []
    at++
    for (let isFirst = true; ; isFirst = false) {
      const small = smallMembers(CLOSE_LIST, isFirst)
      if (small !== null) for (const item of JSON.parse(`[${small}]`)) items.push(item)
      else items.push(yield* value())
      yield
      if (isClosed(CLOSE_LIST)) return items
    }
  }

  function* object(): SlicedWork<object> {
    const fields = {}
    at++
    for (let isFirst = true; ; isFirst = false) {
      const small = smallMembers(CLOSE_OBJECT, isFirst)
      if (small !== null) {
        for (const [name, item] of Object.entries(JSON.parse(`{${small}}`))) setField(fields, name, item)
      } else {
        const name = fieldName()
        setField(fields, name, yield* value())
      }
      yield
      if (isClosed(CLOSE_OBJECT)) return fields
    }
  }

  /** The text of the next members that are a piece together, with their commas; null where the next one is more by itself. */
  function smallMembers(close: number, mayBeNone: boolean): string | null {
    skipSpace()
    const from = at
    for (let end = memberEnd(from); end !== -1; end = memberEnd(end + 1)) {
      at = end
      if (json.charCodeAt(end) !== COMMA || end - from >= pieceChars) break
    }
    if (at === from && json.charCodeAt(at) !== close) return blankEnd(from) ? refuse() : null
    const members = json.slice(from, at)
    const isNone = members.trim() === ''
    return isNone && !(mayBeNone && json.charCodeAt(at) === close) ? refuse() : members
  }

  /** Whether a comma, or a bracket, follows at once. */
  function blankEnd(from: number): boolean {
    return [COMMA, CLOSE_LIST, CLOSE_OBJECT].includes(json.charCodeAt(from))
  }

  /** Where the comma or the bracket after a member stands; -1: farther away than a piece. */
  function memberEnd(from: number): number {
    let depth = 0
    for (let i = from; i < Math.min(from + pieceChars, json.length); i++) {
      switch (json.charCodeAt(i)) {
        case QUOTE:
          i = textEnd(i + 1, from + pieceChars)
          break
        case OPEN_LIST:
        case OPEN_OBJECT:
          depth++
          break
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          if (depth === 0) return i
          depth--
          break
        case COMMA:
          if (depth === 0) return i
          break
      }
    }
    return -1
  }

  /** Where a text's closing quote stands, or a place at or after `before`; not within an escape. */
  function textEnd(from: number, before: number): number {
    let i = from
    while (i < before && i < json.length) {
      const code = json.charCodeAt(i)
      if (code === QUOTE) break
      i += code !== BACKSLASH ? 1 : json.charCodeAt(i + 1) === LETTER_U ? 6 : 2
    }
    return i
  }

  function* text(): SlicedWork<string> {
    let read = ''
    for (let from = at + 1; ; from = at) {
      at = textEnd(from, from + pieceChars)
      if (at >= json.length) throw unexpected()
      read += JSON.parse(`"${json.slice(from, at)}"`)
      yield
      if (json.charCodeAt(at) === QUOTE) break
    }
    at++
    const joined = flat(read)
    yield
    return joined
  }

  function fieldName(): string {
    skipSpace()
    const from = at
    if (json.charCodeAt(at) !== QUOTE) throw unexpected()
    at = textEnd(at + 1, json.length) + 1
    const name: string = JSON.parse(json.slice(from, at))
    skipSpace()
    if (json.charCodeAt(at) !== COLON) throw unexpected()
    at++
    return name
  }

  /** After members: goes past the comma, or the bracket. */
  function isClosed(close: number): boolean {
    skipSpace()
    const code = json.charCodeAt(at)
    if (code !== close && code !== COMMA) throw unexpected()
    at++
    return code === close
  }

  function skipSpace(): void {
    while (SPACES.has(json.charCodeAt(at))) at++
  }

  function unexpected(): SyntaxError {
    return new SyntaxError(`JSON: unexpected end or character at ${at}`)
  }

  function refuse(): never {
    throw unexpected()
  }
}

/**
 * The same text, copied together: one that was put together of parts is only a list of them until it is looked into, and
 * then copied in one go, in whoever's turn that is.
 */
export function flat(text: string): string {
  return Number.isNaN(text.charCodeAt(0)) ? '' : text
}

// --- internal ---

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const LETTER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])
const ENDS_SCALAR = new Set([...SPACES, COMMA, CLOSE_LIST, CLOSE_OBJECT])

/** As JSON.parse does it: a field of any name is the object's own. */
function setField(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true })
}
