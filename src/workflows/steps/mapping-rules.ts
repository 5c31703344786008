import { Type as t } from '@sinclair/typebox'
import { parseInstant } from '../../lib/instant.ts'
import { isObject, type Json } from '../../lib/json-object.ts'
import { StepError } from './step-work.ts'

/**
 * Maps an object, or each object of a list, by rules { source, target, transform?, default? } with dot paths
 * (workflows/README.md, "Transforms": the older pages). A missing source gives the default, or null.
 * @param isStrict a missing source without a default fails.
 * @throws StepError VALIDATION_ERROR for a rule that cannot be followed, STEP_ERROR for a value that its
 * transform does not take.
 */
export function mapByRules(source: unknown, rules: unknown, isStrict: boolean): unknown {
  const read = readRules(rules)
  if (!Array.isArray(source)) return mapOne(source, read, isStrict)
  if (source.length * read.length > MAPPED_VALUES_MAX) {
    throw refused('mappingRules', `would map more than ${MAPPED_VALUES_MAX} values`)
  }
  return source.map((item) => mapOne(item, read, isStrict))
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

/** Rules times objects. A value takes up to 1 µs, in which nobody else is served. */
const MAPPED_VALUES_MAX = 50_000

type Rule = { name: string; source: string[]; target: string[]; transform: Transform; fallback: unknown }

type Transform = (value: unknown) => unknown

function mapOne(source: unknown, rules: readonly Rule[], isStrict: boolean): Json {
  const mapped: Mapped = new Map()
  for (const rule of rules) {
    const found = valueAt(source, rule.source)
    if (found === null && rule.fallback === undefined && isStrict) {
      throw new StepError('VALIDATION_ERROR', `${rule.name}.source is missing in sourceData`)
    }
    put(mapped, rule, found === null ? (rule.fallback ?? null) : changed(found, rule))
  }
  return objectOf(mapped)
}

function changed(value: unknown, { name, transform }: Rule): unknown {
  const result = transform(value)
  if (result === undefined) {
    throw new StepError('STEP_ERROR', `${name}.transform does not take the value of its source`)
  }
  return result
}

/** What a rule may make of a value; undefined where it cannot. Only direct and capitalize are documented. */
const TRANSFORMS: Record<string, Transform> = {
  direct: (value) => value,
  capitalize: inText((text) => text.charAt(0).toUpperCase() + text.slice(1)),
  uppercase: inText((text) => text.toUpperCase()),
  lowercase: inText((text) => text.toLowerCase()),
  trim: inText((text) => text.trim()),
  string: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  number: numberOf,
  boolean: booleanOf,
  date: dateOf,
}

function inText(change: (text: string) => string): Transform {
  return (value) => (typeof value === 'object' ? undefined : change(String(value)))
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'object' || (typeof value === 'string' && value.trim() === '')) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'object') return undefined
  const text = String(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

/** A date with time and zone, a date alone (then midnight UTC), or ms since the epoch. */
function dateOf(value: unknown): string | undefined {
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
      transform: TRANSFORMS[transform] ?? ((value: unknown) => value),
      fallback: fields.default,
    }
  })
}

/** The names of a dot path, or of a JSONPath that only goes down: $.items[0].price */
function pathOf(path: unknown, name: string): string[] {
  if (typeof path !== 'string' || path.length > PATH_CHARS_MAX) throw refused(name, 'must be a path')
  const names = path
    .trim()
    .replace(/^\$\.?/, '')
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/\["([^"\]]*)"\]|\['([^'\]]*)'\]/g, '.$1$2')
    .replace(/^\./, '')
    .split('.')
  if (names.some((part) => part === '' || /[[\]*?()]/.test(part))) {
    throw refused(name, 'must be a path of names and indexes, such as customer.emails[0]')
  }
  return names
}

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
