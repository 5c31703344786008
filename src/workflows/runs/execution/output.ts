import { createNameCount } from '../../../http/json-bounds.ts'
import { createPace, inSlices, type SlicedWork } from '../../../lib/sliced-work.ts'
import { OUTPUT_BOUNDS } from '../../output-excess.ts'
import { OUTPUT_CHARS_MAX, OversizeError, tooLarge } from '../../steps/output-bounds.ts'

/**
 * What a record can hold: the output as JSON would read it back, without writing it. What is so already is not copied: each
 * copy of 10 MiB takes 30 to 100 ms. Rejects with OversizeError where it is too much.
 */
export function asOutput(output: unknown): Promise<unknown> {
  return inSlices(recordable(output))
}

// --- internal ---

const WHAT = "The step's output"

function* recordable(output: unknown): SlicedWork<unknown> {
  const pace = createPace()
  const names = createNameCount(OUTPUT_BOUNDS.depth)
  let [values, charsLeft] = [0, OUTPUT_CHARS_MAX]
  return (yield* kept(output, 0)) ?? null

  /** undefined: JSON leaves it out. */
  function* kept(item: unknown, depth: number): SlicedWork<unknown> {
    if (pace(VALUE_COST)) yield
    switch (typeof item) {
      case 'string':
        return yield* keptText(item)
      case 'number':
        take(String(item).length)
        // JSON knows neither of these, nor a zero with a sign.
        return Number.isFinite(item) ? item || 0 : null
      case 'boolean':
        take(item ? 4 : 5)
        return item
      case 'object':
        return item === null ? null : yield* keptInside(item, depth)
      case 'bigint':
        throw new OversizeError(`${WHAT} holds a number that JSON has not`)
      default:
        return undefined
    }
  }

  function* keptText(text: string): SlicedWork<string> {
    take(text.length + BRACKETS)
    let escapes = 0
    for (let from = 0; from < text.length; from += TEXT_AT_ONCE) {
      const end = Math.min(from + TEXT_AT_ONCE, text.length)
      for (let at = from; at < end; at++) escapes += escapeOf(text.charCodeAt(at))
      if (pace(end - from)) yield
    }
    take(escapes)
    return text
  }

  function* keptInside(item: object, depth: number): SlicedWork<unknown> {
    if (depth === OUTPUT_BOUNDS.depth)
      throw new OversizeError(`${WHAT} must not be nested deeper than ${OUTPUT_BOUNDS.depth} levels`)
    if ('toJSON' in item && typeof item.toJSON === 'function') return yield* kept(item.toJSON(), depth + 1)
    take(BRACKETS)
    names.begin(depth + 1)
    return Array.isArray(item) ? yield* keptItems(item, depth + 1) : yield* keptFields(item, depth + 1)
  }

  function* keptItems(items: unknown[], depth: number): SlicedWork<unknown[]> {
    let copy: unknown[] | null = null
    for (let at = 0; at < items.length; at++) {
      countMember(1)
      const now = (yield* kept(items[at], depth)) ?? null
      if (!Object.is(now, items[at])) copy ??= items.slice(0, at)
      copy?.push(now)
    }
    return copy ?? items
  }

  function* keptFields(fields: object, depth: number): SlicedWork<object> {
    const all = Object.keys(fields)
    let copy: [string, unknown][] | null = Object.getPrototypeOf(fields) === Object.prototype ? null : []
    for (const [at, name] of all.entries()) {
      const item: unknown = Reflect.get(fields, name)
      names.add(name, -1, name.length, depth)
      refuseNames()
      const now = yield* kept(item, depth)
      if (!Object.is(now, item) || now === undefined) {
        copy ??= all.slice(0, at).map((before) => [before, Reflect.get(fields, before)])
      }
      if (now === undefined) continue
      countMember(name.length + NAMED)
      copy?.push([name, now])
    }
    return copy ? Object.fromEntries(copy) : fields
  }

  function countMember(chars: number): void {
    values += 1
    if (values > OUTPUT_BOUNDS.values)
      throw new OversizeError(`${WHAT} must not hold more than ${OUTPUT_BOUNDS.values} values`)
    take(chars)
  }

  function refuseNames(): void {
    const { different, orders } = names
    if (different > OUTPUT_BOUNDS.names || orders > OUTPUT_BOUNDS.orders)
      throw new OversizeError(
        `${WHAT} must not have more than ${OUTPUT_BOUNDS.names} different field names, or orders of them`,
      )
  }

  function take(chars: number): void {
    charsLeft -= chars
    if (charsLeft < 0) throw tooLarge(WHAT)
  }
}

/** What a value costs to look at, in characters gone through. */
const VALUE_COST = 16

const TEXT_AT_ONCE = 64 * 1024

/** The characters of a pair of brackets or quotes. */
const BRACKETS = 2

/** The characters around a field's name: its quotes, the colon and the comma. */
const NAMED = 4

/** How many more characters JSON writes for one. */
function escapeOf(code: number): number {
  if (code === QUOTE || code === BACKSLASH) return 1
  if (code >= SPACE) return 0
  return SHORT_ESCAPES.has(code) ? 1 : 5
}

const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** \b \t \n \f \r */
const SHORT_ESCAPES = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d])
