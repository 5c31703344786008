import type { SlicedWork } from '../lib/sliced-work.ts'

/** Deep enough for any real definition; far below what makes JSON.stringify run out of stack. */
export const DEPTH_MAX = 64

/** What a text of JSON may hold. `names` and `orders` count as far as 65,536 (`createNameCount`). */
export type JsonBounds = { depth: number; values: number; names: number; orders: number }

/** As many lists take JSON.parse 4 ms; 1 MiB may hold 500,000 values. */
const VALUES_MAX = 100_000

/**
 * Different names of fields. Each costs JSON.parse about 0.3 µs; 1 MiB may hold 90,000. A name that is a number
 * counts each time, because an object is then made into a sparse list, which costs 1 µs.
 */
const NAMES_MAX = 10_000

/**
 * Different orders in which objects have their first names. For each the engine makes a description of such objects,
 * which costs about 0.5 µs: 33,000 small objects of which no two are alike cost as much as 300,000 that are.
 */
const ORDERS_MAX = 10_000

/** Of a request's body, of 1 MiB at most. */
const BODY_BOUNDS = { depth: DEPTH_MAX, values: VALUES_MAX, names: NAMES_MAX, orders: ORDERS_MAX }

/**
 * Looks at JSON before it is parsed, in about 1 ms per MiB, so that no body holds the event loop for long: what
 * is costly is not the length but how many values it has. Text that is no JSON may come through; the parser
 * refuses it.
 * @returns what is wrong ("must not …"), or null.
 */
export function jsonExcess(text: string, max: JsonBounds = BODY_BOUNDS): string | null {
  return excessBefore(text.length, beginning(text, max))
}

/** `jsonExcess` with turns for the others: of 10 MiB, much of it spaces, it takes 100 ms and more. */
export function* jsonExcessInSlices(text: string, max: JsonBounds): SlicedWork<string | null> {
  const scan = beginning(text, max)
  for (;;) {
    const excess = excessBefore(Math.min(scan.at + SLICE_CHARS, text.length), scan)
    if (excess !== null || scan.at >= text.length) return excess
    yield
  }
}

// --- internal ---

const SLICE_CHARS = 256 * 1024

/** How far a text has been looked at. */
type Scan = {
  text: string
  max: JsonBounds
  names: Pick<ReturnType<typeof createNameCount>, 'different' | 'orders' | 'begin' | 'add'>
  at: number
  depth: number
  values: number
}

function beginning(text: string, max: JsonBounds): Scan {
  // Each name and each order takes more than one character.
  const isShort = text.length < Math.min(max.names, max.orders)
  return { text, max, names: isShort ? NOT_COUNTED : createNameCount(max.depth), at: 0, depth: 0, values: 0 }
}

/** Looks at the text up to a place, or to the end of the string there. */
function excessBefore(end: number, scan: Scan): string | null {
  const { text, max, names } = scan
  let { at, depth, values } = scan
  for (; at < end; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const last = endOfString(text, at)
        if (isName(text, last)) names.add(text, at, last, depth)
        at = last
        break
      }
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth++
        names.begin(depth)
        if (!isClosedAt(text, at + 1)) values++
        break
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--
        break
      case COMMA:
        values++
        break
    }
    if (depth > max.depth) return `must not be nested deeper than ${max.depth} levels`
    if (names.different > max.names) {
      return `must not have more than ${max.names} different field names, or fields named by numbers`
    }
    if (names.orders > max.orders) {
      return `must not hold objects with more than ${max.orders} different orders of field names`
    }
    if (values > max.values) return `must not hold more than ${max.values} values`
  }
  scan.at = at
  scan.depth = depth
  scan.values = values
  return null
}

const QUOTE = 0x22
const COMMA = 0x2c
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** @returns where a string's closing quote stands, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

/** Whether a string that ends here is a field's name: a colon follows. */
function isName(text: string, end: number): boolean {
  return codeAfterSpace(text, end + 1) === COLON
}

/** Whether a list or object that begins before this place is empty. */
function isClosedAt(text: string, start: number): boolean {
  const code = codeAfterSpace(text, start)
  return code === CLOSE_LIST || code === CLOSE_OBJECT
}

/** What follows more than 64 KiB of space is not looked at: nobody writes so much. */
function codeAfterSpace(text: string, start: number): number {
  const end = Math.min(start + SPACES_MAX, text.length)
  let at = start
  while (at < end && text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at)
}

const SPACES_MAX = 64 * 1024

/** For text too short to have too many. */
const NOT_COUNTED = { different: 0, orders: 0, begin(): void {}, add(): void {} }

/** Differs from process to process, so that nobody can choose names whose hashes all collide. */
const SEED = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

const PLACES = 1 << 16
const FNV_PRIME = 0x01000193

/** After as many names an object has a table of its own, and its order no longer matters. */
const ORDERED_MAX = 128

/** What a place has been taken by. */
const BY_NAME = 1
const BY_ORDER = 2

/**
 * Counts different names, and orders of names, without keeping them: one bit for each FNV-1a hash. Two that share a
 * bit count once, which is one in thirteen at 10,000.
 */
export function createNameCount(depthMax: number) {
  let seen: Uint8Array | undefined
  /** Of the object at each depth: the hash of its names so far, and how many they are. */
  const orders = new Int32Array(depthMax + 2)
  const lengths = new Int32Array(depthMax + 2)

  /** @returns whether it is the first. */
  function take(hash: number, by: number): boolean {
    seen ??= new Uint8Array(PLACES)
    const place = (hash ^ (hash >>> 16)) & (PLACES - 1)
    const taken = seen[place] ?? 0
    seen[place] = taken | by
    return (taken & by) === 0
  }

  const count = {
    different: 0,
    orders: 0,

    /** An object, or a list, begins at this depth. */
    begin(depth: number): void {
      orders[depth] = SEED
      lengths[depth] = 0
    },

    /** The object at this depth has a name that stands here. */
    add(text: string, start: number, end: number, depth: number): void {
      let hash = SEED
      let isNumber = end > start + 1
      for (let at = start + 1; at < end; at++) {
        const code = text.charCodeAt(at)
        hash = Math.imul(hash ^ code, FNV_PRIME)
        if (code < DIGIT_0 || code > DIGIT_9) isNumber = false
      }
      if (take(hash, BY_NAME) || isNumber) count.different++
      const length = (lengths[depth] ?? 0) + 1
      if (length > ORDERED_MAX) return
      lengths[depth] = length
      const order = Math.imul((orders[depth] ?? 0) ^ hash, FNV_PRIME)
      orders[depth] = order
      if (take(order, BY_ORDER)) count.orders++
    },
  }
  return count
}
