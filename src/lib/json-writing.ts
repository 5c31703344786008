import { flat } from './json-reading.ts'
import { isWithin } from './json-size.ts'
import type { SlicedWork } from './sliced-work.ts'

/**
 * Writes JSON in parts of about LARGE_CHARS, between which it yields, also where it is one long text; joined they are what
 * JSON.stringify writes in one go. @param value without `toJSON`, its depth bounded
 */
export function* writeJson(value: unknown): SlicedWork<string[]> {
  const parts: string[] = []
  let part = ''
  yield* write(value)
  return [...parts, flat(part)]

  function* write(item: unknown): SlicedWork<void> {
    if (typeof item === 'string') yield* writeText(item)
    else if (!isLarge(item)) yield* add(JSON.stringify(item))
    else if (Array.isArray(item)) yield* writeInside('[', item.length, (at) => ['', item[at] ?? null], ']')
    else {
      const fields = Object.entries(item).filter(([, inner]) => inner !== undefined)
      yield* writeInside('{', fields.length, (at) => named(fields[at]), '}')
    }
  }

  function* writeText(text: string): SlicedWork<void> {
    if (!isLong(text)) return yield* add(JSON.stringify(text))
    part += '"'
    for (const piece of piecesOf(text)) yield* add(JSON.stringify(piece).slice(1, -1))
    part += '"'
  }

  function* writeInside(
    open: string,
    length: number,
    insideAt: (at: number) => Inside,
    close: string,
  ): SlicedWork<void> {
    part += open
    for (let at = 0; at < length; at++) {
      const [prefix, item] = insideAt(at)
      part += at === 0 ? prefix : `,${prefix}`
      if (isLong(item) || isLarge(item)) yield* write(item)
      else part += JSON.stringify(item)
      if (part.length >= LARGE_CHARS) yield* endPart()
    }
    part += close
  }

  function* add(json: string): SlicedWork<void> {
    part += json
    if (part.length >= LARGE_CHARS) yield* endPart()
  }

  function* endPart(): SlicedWork<void> {
    parts.push(flat(part))
    part = ''
    yield
  }
}

// --- internal ---

/** JSON of so many characters is written in about a millisecond, or a few. */
const LARGE_CHARS = 256 * 1024

/** What stands before a value inside another, and the value. */
type Inside = [string, unknown]

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > LARGE_CHARS
}

/** A text in pieces of about LARGE_CHARS, none of which ends between the two halves of a character. */
function* piecesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = from + LARGE_CHARS
    const next = isSecondHalf(text.charCodeAt(end)) ? end + 1 : end
    yield text.slice(from, next)
    from = next
  }
}

function isSecondHalf(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

function named([name, value]: [string, unknown] = ['', null]): Inside {
  return [`${JSON.stringify(name)}:`, value]
}

/** Whether a list or object is more than LARGE_CHARS as JSON, about; looks no further than that. */
function isLarge(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isWithin(value, LARGE_CHARS)
}
