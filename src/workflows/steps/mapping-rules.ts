import { Type as t } from '@sinclair/typebox'
import { parseInstant } from '../../lib/instant.ts'
import { isObject, type Json } from '../../lib/json-object.ts'
import type { SlicedWork } from '../../lib/sliced-work.ts'
import { OUTPUT_BOUNDS } from '../output-excess.ts'
import { type Budget, createBudget, PIECE_COST, spend } from '../templates/budget.ts'
import { withCase } from '../templates/letter-case.ts'
import { TemplateError } from '../templates/template-error.ts'
import { jsonOf, type Maker } from '../templates/text.ts'
import { StepError } from './step-work.ts'

/**
 * Maps an object, or each object of a list, by rules { source, target, transform?, default? } with dot paths
 * (workflows/README.md, "Transforms": the older pages). A missing source gives the default, or null. Yields where
 * others may have their turn: a thousand rules may each write out megabytes.
 * @param isStrict a missing source without a default fails.
 * @throws StepError VALIDATION_ERROR for a rule that cannot be followed, STEP_ERROR for a value that its
 * transform does not take; TemplateError for more than 10 MiB of text.
 */
export function* mapByRules(source: unknown, rules: unknown, isStrict: boolean): SlicedWork<unknown> {
  const read = readRules(rules)
  const budget = createBudget()
  const count = Array.isArray(source) ? source.length : 1
  if (count * namesMade(read) > OUTPUT_BOUNDS.values) {
    throw refused('mappingRules', `would map more than ${OUTPUT_BOUNDS.values} values`)
  }
  if (!Array.isArray(source)) return yield* mapOne(source, read, isStrict, budget)
  const mapped: Json[] = []
  for (const item of source) mapped.push(yield* mapOne(item, read, isStrict, budget))
  return mapped
}

/** Rules as they are written. */
export function mappingRulesSchema() {
  return t.Array(
    t.Object({
      source: t.String(),
      target: t.String({ minLength: 1 }),
      transform: t.Optional(t.String()),
      customTransform: t.Optional(t.String()),
    }),
    { maxItems: RULES_MAX },
  )
}

/** The first thing that is wrong with rules as they are written, or null; templates are left to the run. */
export function mappingRulesProblem(rules: unknown): { path: string; message: string } | null {
  const written = Array.isArray(rules) ? rules.map(withoutTemplates) : rules
  try {
    readRules(written)
    return null
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    const [path = '', ...words] = error.message.split(' ')
    return { path, message: words.join(' ') }
  }
}

// --- internal ---

/** In the place of each template something that can be read. */
function withoutTemplates(rule: unknown): unknown {
  if (!isObject(rule)) return rule
  const fields = Object.entries(rule).map(([name, value]) => {
    const isTemplate = typeof value === 'string' && value.includes('{{')
    return [name, isTemplate ? PLACEHOLDERS[name] : value]
  })
  return Object.fromEntries(fields)
}

const PLACEHOLDERS: Json = { source: 'source', target: 'target', transform: 'direct' }

const RULES_MAX = 1000

type Rule = { name: string; source: string[]; target: string[]; transform: Transform; fallback: unknown }

type Transform =
  | { apply(value: unknown): unknown }
  // For what may make much text.
  | { write(value: unknown, maker: Maker): SlicedWork<unknown> }

/** How many values the rules make in each object: each name of a target is one, or an object around one. */
function namesMade(rules: readonly Rule[]): number {
  return rules.reduce((count, { target }) => count + target.length, 0)
}

function* mapOne(
  source: unknown,
  rules: readonly Rule[],
  isStrict: boolean,
  budget: Budget,
): SlicedWork<Json> {
  const mapped: Mapped = new Map()
  for (const rule of rules) {
    const found = valueAt(source, rule.source)
    if (found === null && rule.fallback === undefined && isStrict) {
      throw new StepError('VALIDATION_ERROR', `${rule.name}.source is missing in sourceData`)
    }
    put(mapped, rule, found === null ? (rule.fallback ?? null) : yield* changed(found, rule, budget))
    if (budget.pace(PIECE_COST + (rule.source.length + rule.target.length) * NAME_COST)) yield
  }
  return objectOf(mapped)
}

/** What a name of a path costs, in characters that are gone through. */
const NAME_COST = 20

/** The text that all rules make comes out of one budget: each of a thousand may give the same 10 MiB. */
function* changed(value: unknown, { name, transform }: Rule, budget: Budget): SlicedWork<unknown> {
  const maker = { budget, error: (problem: string) => new TemplateError(`${name}.transform ${problem}`) }
  const result = 'apply' in transform ? transform.apply(value) : yield* transform.write(value, maker)
  if (result === undefined) {
    throw new StepError('STEP_ERROR', `${name}.transform does not take the value of its source`)
  }
  // The text of a list or object was paid for when it was written.
  if (typeof result === 'string' && typeof value !== 'object') {
    spend(budget, result.length, maker.error)
    if (budget.pace(result.length)) yield
  }
  return result
}

const DIRECT: Transform = { apply: (value) => value }

/** What a rule may make of a value; undefined where it cannot. Only direct and capitalize are documented. */
const TRANSFORMS: Record<string, Transform> = {
  direct: DIRECT,
  capitalize: inText((text) => text.charAt(0).toUpperCase() + text.slice(1)),
  uppercase: inLetters((text) => text.toUpperCase()),
  lowercase: inLetters((text) => text.toLowerCase()),
  trim: inText((text) => text.trim()),
  string: {
    *write(value, maker) {
      return typeof value === 'object' ? yield* jsonOf(value, maker) : String(value)
    },
  },
  number: { apply: numberOf },
  boolean: { apply: booleanOf },
  date: { apply: dateOf },
}

function inText(change: (text: string) => string): Transform {
  return { apply: (value) => (typeof value === 'object' ? undefined : change(String(value))) }
}

function inLetters(change: (text: string) => string): Transform {
  return {
    *write(value, { budget }) {
      return typeof value === 'object' ? undefined : yield* withCase(String(value), change, budget.pace)
    },
  }
}

function numberOf(value: unknown): number | undefined {
  if (isNoScalar(value) || (typeof value === 'string' && value.trim() === '')) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (isNoScalar(value)) return undefined
  const text = String(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

/** A list, an object, or a text too long for a number, a truth value or a date: 10 MiB would be read for nothing. */
function isNoScalar(value: unknown): boolean {
  return typeof value === 'object' || (typeof value === 'string' && value.length > SCALAR_CHARS_MAX)
}

const SCALAR_CHARS_MAX = 1000

/** A date with time and zone, a date alone (then midnight UTC), or ms since the epoch. */
function dateOf(value: unknown): string | undefined {
  if (isNoScalar(value)) return undefined
  const isDateAlone = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)
  const ms = typeof value === 'string' ? parseInstant(isDateAlone ? `${value}T00:00:00Z` : value) : value
  if (typeof ms !== 'number') return undefined
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function readRules(rules: unknown): Rule[] {
  if (!Array.isArray(rules)) throw refused('mappingRules', 'must be a list')
  return rules.map((rule: unknown, i) => {
    const name = `mappingRules[${i}]`
    if (typeof rule !== 'object' || rule === null) throw refused(name, 'must be an object')
    const fields: Json = { ...rule }
    const { source, target, transform = 'direct', customTransform } = fields
    if (customTransform !== undefined && customTransform !== null && customTransform !== '') {
      throw refused(`${name}.customTransform`, 'is not supported: it needs a language model')
    }
    if (typeof transform !== 'string' || !Object.hasOwn(TRANSFORMS, transform)) {
      throw refused(`${name}.transform`, `must be one of ${Object.keys(TRANSFORMS).join(', ')}`)
    }
    return {
      name,
      source: pathOf(source, `${name}.source`),
      target: pathOf(target, `${name}.target`),
      transform: TRANSFORMS[transform] ?? DIRECT,
      fallback: fields.default,
    }
  })
}

/** The names of a dot path, or of a JSONPath that only goes down: $.items[0].price; a dot in ['a.b'] is of the name. */
function pathOf(path: unknown, name: string): string[] {
  if (typeof path !== 'string' || path.length > PATH_CHARS_MAX) throw refused(name, 'must be a path')
  const text = path
    .trim()
    .replace(/^(?:\$\.?|\.)/, '')
    .replace(/^(?!\[)/, '.')
  const parts = [...text.matchAll(PATH_PART)]
  if (parts.map(([part]) => part).join('') !== text) {
    throw refused(name, 'must be a path of names and indexes, such as customer.emails[0]')
  }
  return parts.map(([, ...names]) => names.find((part) => part !== undefined) ?? '')
}

/** .name, [0], ["name"] or ['name'] */
const PATH_PART = /\.([^.[\]*?()]+)|\[(?:(\d+)|"([^"\]]+)"|'([^'\]]+)')\]/g
const PATH_CHARS_MAX = 1000

function valueAt(source: unknown, path: readonly string[]): unknown {
  let value = source
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = Reflect.get(value, name)
  }
  return value ?? null
}

/** The objects of the result while it is made: they are ours, and never the source's. */
type Mapped = Map<string, unknown>

function put(mapped: Mapped, { name, target }: Rule, value: unknown): void {
  let place = mapped
  for (const part of target.slice(0, -1)) {
    const inner = place.get(part) ?? new Map<string, unknown>()
    if (!(inner instanceof Map)) throw refused(`${name}.target`, 'goes through what another rule has set')
    place.set(part, inner)
    place = inner
  }
  place.set(target.at(-1) ?? '', value)
}

function objectOf(mapped: Mapped): Json {
  return Object.fromEntries(
    [...mapped].map(([key, value]) => [key, value instanceof Map ? objectOf(value) : value]),
  )
}

function refused(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `${name} ${problem}`)
}
