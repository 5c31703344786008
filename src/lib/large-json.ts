import { flat, readJson } from './json-reading.ts'
import { nextTurn } from './next-turn.ts'
import { inSlices } from './sliced-work.ts'

/** JSON that takes so many characters is read or written in about a millisecond, or a few. */
const LARGE_CHARS = 256 * 1024

/** Lets what else there is to do be done, where so much text has been worked on. */
export async function restAfter(chars: number): Promise<void> {
  if (chars >= LARGE_CHARS) await nextTurn()
}

/**
 * `restAfter` for many texts that are worked on one after the other: after so much text in all, for a thousand that are not
 * large by themselves are together.
 */
export function createRests(): (chars: number) => Promise<void> {
  let worked = 0
  return async (chars) => {
    worked += chars + TEXT_COST
    if (worked < LARGE_CHARS) return
    worked = 0
    await nextTurn()
  }
}

/** Reads JSON with time for the others meanwhile. Its depth must be bounded. Rejects with SyntaxError. */
export async function parsed(json: string | null): Promise<unknown> {
  return json === null ? null : inSlices(readJson(json))
}

/** The characters of a value as JSON, about; nothing is written for it. Its depth must be bounded. */
export function jsonSize(value: unknown): number {
  if (typeof value === 'string') return value.length + QUOTES
  if (typeof value !== 'object' || value === null) return SCALAR
  let size = SCALAR
  if (Array.isArray(value)) {
    for (const item of value) size += jsonSize(item)
    return size
  }
  for (const name of Object.keys(value)) size += name.length + QUOTES + jsonSize(Reflect.get(value, name))
  return size
}

type Within = {
  /** Of lists and objects inside each other. Left out: any, so the depth must be bounded. */
  levelsMax?: number
  /** What each text and name in it is to be besides. Left out: any. */
  isGood?: (text: string) => boolean
}

/** Whether a value is at most so many characters as JSON, about; looks no further than that. */
export function isWithin(
  value: unknown,
  chars: number,
  { levelsMax = Number.POSITIVE_INFINITY, isGood = () => true }: Within = {},
): boolean {
  let left = chars
  return fits(value, levelsMax)

  function textFits(text: string): boolean {
    left -= text.length + QUOTES
    return left >= 0 && isGood(text)
  }

  function fits(item: unknown, levels: number): boolean {
    if (typeof item === 'string') return textFits(item)
    left -= SCALAR
    if (left < 0) return false
    if (typeof item !== 'object' || item === null) return true
    if (levels === 0) return false
    if (Array.isArray(item)) {
      for (const inner of item) if (!fits(inner, levels - 1)) return false
      return true
    }
    for (const name of Object.keys(item))
      if (!textFits(name) || !fits(Reflect.get(item, name), levels - 1)) return false
    return true
  }
}

/** Writes JSON with time for the others meanwhile. @param value as for `jsonParts` */
export async function written(value: unknown): Promise<string> {
  const parts = await jsonParts(value)
  return parts.join('')
}

/**
 * Writes JSON in parts of about LARGE_CHARS, with time for the others between them, also where it is one long text; joined
 * they are what JSON.stringify writes in one go. @param value without `toJSON`
 */
export async function jsonParts(value: unknown): Promise<string[]> {
  const parts: string[] = []
  let part = ''
  await write(value)
  return [...parts, flat(part)]

  async function write(item: unknown): Promise<void> {
    if (typeof item === 'string') await writeText(item)
    else if (!isLarge(item)) await add(JSON.stringify(item))
    else if (Array.isArray(item)) await writeInside('[', item.length, (at) => ['', item[at] ?? null], ']')
    else {
      const fields = Object.entries(item).filter(([, inner]) => inner !== undefined)
      await writeInside('{', fields.length, (at) => named(fields[at]), '}')
    }
  }

  async function writeText(text: string): Promise<void> {
    if (!isLong(text)) return add(JSON.stringify(text))
    part += '"'
    for (const piece of piecesOf(text)) await add(JSON.stringify(piece).slice(1, -1))
    part += '"'
  }

  async function writeInside(open: string, length: number, insideAt: (at: number) => Inside, close: string) {
    part += open
    for (let at = 0; at < length; at++) {
      const [prefix, item] = insideAt(at)
      part += at === 0 ? prefix : `,${prefix}`
      if (isLong(item) || isLarge(item)) await write(item)
      else part += JSON.stringify(item)
      if (part.length >= LARGE_CHARS) await endPart()
    }
    part += close
  }

  async function add(json: string): Promise<void> {
    part += json
    if (part.length >= LARGE_CHARS) await endPart()
  }

  async function endPart(): Promise<void> {
    parts.push(flat(part))
    part = ''
    await restAfter(LARGE_CHARS)
  }
}

// --- internal ---

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

/** What a text costs besides its characters: with it goes a record, or a step, that is looked at. */
const TEXT_COST = 4096

/** With the comma or the colon after them. */
const QUOTES = 3

/** A number, a truth value, null, or a pair of brackets; about. */
const SCALAR = 4
