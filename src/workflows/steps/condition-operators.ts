import type { Pace, SlicedWork } from '../../lib/sliced-work.ts'
import { createTextSearch } from '../../lib/text-search.ts'
import { type MatchWork, matchesPattern } from './pattern-match.ts'

export type ConditionOperator =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | 'exists'
  | 'isEmpty'
  | 'matches'

/**
 * The vendor's operators (workflows/README.md, "Conditions"), each with what people write for it as well; the Studio
 * itself writes `equals`. Capitals, _, - and spaces make no difference.
 */
export const OPERATOR_SPELLINGS: readonly [ConditionOperator, ...string[]][] = [
  ['eq', 'equals', 'equal', 'is', '==', '===', '='],
  ['ne', 'neq', 'not_equals', 'not_equal', 'is_not', '!=', '!=='],
  ['gt', 'greater_than', '>'],
  ['gte', 'greater_than_or_equal', 'greater_than_or_equals', 'greater_or_equal', '>='],
  ['lt', 'less_than', '<'],
  ['lte', 'less_than_or_equal', 'less_than_or_equals', 'less_or_equal', '<='],
  ['contains', 'includes'],
  ['startsWith', 'starts_with'],
  ['endsWith', 'ends_with'],
  ['exists'],
  ['isEmpty', 'is_empty', 'empty'],
  ['matches', 'regex', 'matches_regex'],
]

/** The operator that is spelled so, or null. */
export function operatorOf(spelling: unknown): ConditionOperator | null {
  return typeof spelling === 'string' ? (BY_SPELLING.get(normalized(spelling)) ?? null) : null
}

/** Whether an operator looks at its left side only. */
export function isUnary(operator: ConditionOperator): boolean {
  return operator === 'exists' || operator === 'isEmpty'
}

/** What the comparisons of one step share: how much matching they may still do, and when others have their turn. */
export type ComparisonWork = MatchWork & { pace: Pace }

/**
 * Compares. Definitions write every operand as text ("10000", "true"), so texts are taken for what they say:
 * two sides that are numbers or plain decimals of up to 15 digits are compared as numbers ("007" is no number),
 * a boolean and "true" or "false" as booleans, all else as it is; texts by their characters, which is right for
 * ISO dates. What is missing equals only what is missing, and is neither more nor less than anything.
 * @throws SyntaxError as `matchesPattern` does.
 */
export function* holds(
  operator: ConditionOperator,
  left: unknown,
  right: unknown,
  work: ComparisonWork,
): SlicedWork<boolean> {
  switch (operator) {
    case 'eq':
      return isEqualTo(right)(left)
    case 'ne':
      return !isEqualTo(right)(left)
    case 'gt':
      return orderOf(left, right) > 0
    case 'gte':
      return orderOf(left, right) >= 0
    case 'lt':
      return orderOf(left, right) < 0
    case 'lte':
      return orderOf(left, right) <= 0
    case 'contains':
      return yield* contains(left, right, work.pace)
    case 'startsWith':
      return inTexts(left, right, (text, part) => text.startsWith(part))
    case 'endsWith':
      return inTexts(left, right, (text, part) => text.endsWith(part))
    case 'exists':
      return left !== null && left !== undefined
    case 'isEmpty':
      return isEmpty(left)
    case 'matches':
      return inTexts(left, right, (text, pattern) => matchesPattern(text, pattern, work))
  }
}

// --- internal ---

const BY_SPELLING = new Map(
  OPERATOR_SPELLINGS.flatMap(([operator, ...more]) =>
    [operator, ...more].map((spelling) => [normalized(spelling), operator] as const),
  ),
)

function normalized(spelling: string): string {
  return spelling.toLowerCase().replace(/[\s_-]/g, '')
}

/** The test whether something equals a value, which is read once for all that it is compared with. */
function isEqualTo(value: unknown): (other: unknown) => boolean {
  for (const read of [numberOf, booleanOf]) {
    const said = read(value)
    if (said !== null) return (other) => read(other) === said
  }
  if (typeof value === 'object' && value !== null) return (other) => Bun.deepEquals(other, value, true)
  return (other) => (other ?? null) === (value ?? null)
}

/** Not a number where the two have no order. */
function orderOf(left: unknown, right: unknown): number {
  const [a, b] = alike(left, right)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return Number.NaN
}

/** Both sides as what they say, where they say the same kind of thing. */
function alike(left: unknown, right: unknown): [unknown, unknown] {
  for (const read of [numberOf, booleanOf]) {
    const [a, b] = [read(left), read(right)]
    if (a !== null && b !== null) return [a, b]
  }
  return [left, right]
}

/** 15 digits are what a number holds exactly; longer ones are ids. */
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/
const DECIMAL_CHARS_MAX = 16

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  const isDecimal = typeof value === 'string' && value.length <= DECIMAL_CHARS_MAX && DECIMAL.test(value)
  return isDecimal ? Number(value) : null
}

function booleanOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : null
}

/** A part in a text, an item in a list, a key in an object. */
function* contains(left: unknown, right: unknown, pace: Pace): SlicedWork<boolean> {
  if (Array.isArray(left)) return yield* hasItem(left, right, pace)
  if (!isScalar(right)) return false
  if (typeof left === 'object' && left !== null) return Object.hasOwn(left, String(right))
  if (!isScalar(left)) return false
  return (yield* createTextSearch(String(left), String(right), pace)(0)) !== -1
}

function* hasItem(items: readonly unknown[], wanted: unknown, pace: Pace): SlicedWork<boolean> {
  const isWanted = isEqualTo(wanted)
  for (const item of items) {
    if (pace(ITEM_COST)) yield
    if (isWanted(item)) return true
  }
  return false
}

/** What an item costs to compare, in characters. */
const ITEM_COST = 64

function inTexts(left: unknown, right: unknown, test: (text: string, part: string) => boolean): boolean {
  return isScalar(left) && isScalar(right) && test(String(left), String(right))
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
