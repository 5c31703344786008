import type { SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts } from '../../lib/text-parts.ts'
import { PIECE_COST, spend } from './budget.ts'
import { withCase } from './letter-case.ts'
import { jsonOf, type Maker, textOf, writeText } from './text.ts'

/**
 * What may stand after | in an expression. `length` and `json` are the vendor's (workflows/README.md, "Templates", its
 * full list was not found); the others are what users of such templates expect. All but `default`, `json` and
 * `length` leave a missing value missing.
 * @returns what is wrong with using the filter so, or null.
 */
export function filterProblem(name: string, argumentCount: number): string | null {
  if (!Object.hasOwn(FILTERS, name)) {
    return `uses an unknown filter ${JSON.stringify(name)}: there are ${Object.keys(FILTERS).join(', ')}`
  }
  const [least, most] = FILTERS[name]?.arguments ?? [0, 0]
  if (argumentCount >= least && argumentCount <= most) return null
  const count = least === most ? `${most}` : `${least} to ${most}`
  return `gives the filter ${name} ${argumentCount} arguments: it takes ${count}`
}

/** Filters a value. @param name one that `filterProblem` has nothing against. @throws TemplateError. */
export function* applyFilter(
  name: string,
  value: unknown,
  args: readonly unknown[],
  maker: Maker,
): SlicedWork<unknown> {
  const filter = FILTERS[name]
  if (!filter) throw maker.error(`uses an unknown filter ${JSON.stringify(name)}`)
  if (value === null && !filter.takesMissing) return null
  const result =
    'apply' in filter ? filter.apply(value, args, maker) : yield* filter.write(value, args, maker)
  if (result === undefined)
    throw maker.error(`gives the filter ${name} what it does not take: ${kindOf(value)}`)
  return result
}

// --- internal ---

type Filter = {
  /** How many arguments, at least and at most. */
  arguments: [least: number, most: number]
  takesMissing?: true
} & (
  | { apply(...given: Given): unknown }
  // For what may take long.
  | { write(...given: Given): SlicedWork<unknown> }
)

/** Both give undefined for a kind of value that the filter does not take. */
type Given = [value: unknown, args: readonly unknown[], maker: Maker]

const NO_ARGUMENTS: [number, number] = [0, 0]

const FILTERS: Record<string, Filter> = {
  length: {
    arguments: NO_ARGUMENTS,
    takesMissing: true,
    *write(value, _, maker) {
      if (value === null) return 0
      if (typeof value === 'string' || Array.isArray(value)) return value.length
      return (yield* keysOf(value, maker))?.length
    },
  },
  json: {
    arguments: NO_ARGUMENTS,
    takesMissing: true,
    write: (value, _, maker) => jsonOf(value, maker),
  },
  upper: letterFilter((text) => text.toUpperCase()),
  lower: letterFilter((text) => text.toLowerCase()),
  // 10 MiB of spaces take 5 ms.
  trim: {
    arguments: NO_ARGUMENTS,
    *write(value, _, maker) {
      return typeof value === 'object' ? undefined : (yield* textOf(value, maker)).trim()
    },
  },
  first: {
    arguments: NO_ARGUMENTS,
    apply: (value) => (Array.isArray(value) ? (value[0] ?? null) : undefined),
  },
  last: {
    arguments: NO_ARGUMENTS,
    apply: (value) => (Array.isArray(value) ? (value.at(-1) ?? null) : undefined),
  },
  keys: {
    arguments: NO_ARGUMENTS,
    *write(value, _, maker) {
      return Array.isArray(value) ? undefined : yield* keysOf(value, maker)
    },
  },
  join: {
    arguments: [0, 1],
    *write(value, [separator = ','], maker) {
      if (!Array.isArray(value)) return undefined
      const parts = createTextParts()
      for (const [at, item] of value.entries()) {
        if (at > 0) yield* writeText(separator, maker, parts)
        yield* writeText(item, maker, parts)
        if (maker.budget.pace(PIECE_COST)) yield
      }
      return yield* parts.joined()
    },
  },
  default: {
    arguments: [1, 1],
    takesMissing: true,
    apply: (value, [fallback]) => value ?? fallback,
  },
}

function letterFilter(change: (text: string) => string): Filter {
  return {
    arguments: NO_ARGUMENTS,
    *write(value, _, maker) {
      if (typeof value === 'object') return undefined
      return yield* withCase(yield* textOf(value, maker), change, maker.budget.pace)
    },
  }
}

/** What a name costs to list, in characters that are gone through. */
const KEY_COST = 16

/** Counts what it looks at: an expression may ask for the keys of a large object hundreds of times. */
function* keysOf(value: unknown, { budget, error }: Maker): SlicedWork<string[] | undefined> {
  if (typeof value !== 'object' || value === null) return undefined
  const keys = Object.keys(value)
  spend(budget, keys.length, error)
  if (budget.pace(keys.length * KEY_COST)) yield
  return keys
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'number' ? 'a number' : 'true or false'
}
