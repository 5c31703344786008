import type { Ajv, ErrorObject, KeywordCxt, Options } from 'ajv'
import { PROBLEMS_MAX } from '../../errors.ts'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { fieldPath } from '../../lib/field-path.ts'
import type { Problem } from '../../lib/problem.ts'
import { linearRegex } from '../linear-regex.ts'

/** @returns what is wrong with a value, at most 50 problems; none where it keeps to the schema. */
export type CheckValue = (value: unknown) => Problem[]

/** Not a valid JSON Schema. The message goes on from the schema's name: "is not a JSON Schema: …". */
export class SchemaError extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(`is not a JSON Schema: ${why}`, options)
    this.name = 'SchemaError'
  }
}

/** A large contract's worth. The worst of such a size (1,000 alternatives of a oneOf) compiles in 0.4 s. */
const SCHEMA_CHARS_MAX = 64 * 1024
const SUBSCHEMAS_MAX = 1000

/**
 * A schema can ask for more work than ever ends, by references that fan out. So every keyword pays for each
 * time it is checked: one, and for the items or keys of what it holds and of what it looks at. 1 MiB of JSON
 * under any schema that describes it costs less than this; it is used up in about half a second.
 */
const WORK_MAX = 10_000_000

/** Some 50 µs. */
const WORK_BETWEEN_LOOKS = 1000

/** What a value's mistakes may take up in memory before there are too many to go on. */
const MISTAKES_MAX = 10_000

/**
 * Compiles a schema that somebody else wrote: draft 7, or 2020-12 where its `$schema` says so. References lead
 * nowhere but into the schema itself, and patterns are RE2's, so that neither the network nor a pattern can hang it.
 * @param name what stands in front of each field: "input" gives "input.customer.email".
 * @param isStopped asked now and then, in the checks too: where it says so, all is given up as too much work
 * @throws SchemaError in our words, with what is wrong.
 */
export function compileSchema(schema: object, name: string, isStopped = () => false): CheckValue {
  refuseLarge(schema)
  const draft = draftOf(schema)
  refuseWrong(schema, draft)
  const budget = createWorkBudget(isStopped)
  const check = compile(schema, draft, budget)
  return (value) => {
    budget.reset()
    try {
      if (check(value)) return []
    } catch {
      // The budget is spent, it is to stop, or the schema refers to itself without an end.
      return [{ field: name, message: 'takes too much work to check against its schema' }]
    }
    return problemsOf(check.errors ?? [], name)
  }
}

// --- internal ---

type Draft = 'draft-07' | '2020-12'

/** The formats of both drafts but for uri-template and iri; any other format is a remark, as the drafts say. */
const FORMATS = [
  ...(['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6'] as const),
  ...(['uri', 'uri-reference', 'uuid', 'json-pointer', 'relative-json-pointer', 'regex'] as const),
]

const META_SCHEMAS: Record<Draft, string> = {
  'draft-07': 'http://json-schema.org/draft-07/schema#',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
}

function refuseLarge(schema: object): void {
  const text = textOrNull(schema)
  if (text === null) throw new SchemaError('it is nested too deep')
  if (text.length > SCHEMA_CHARS_MAX) throw new SchemaError(`it has more than ${SCHEMA_CHARS_MAX} characters`)
  // Braces within text count too, which costs nobody much.
  if (text.split('{').length > SUBSCHEMAS_MAX)
    throw new SchemaError(`it has more than ${SUBSCHEMAS_MAX} parts`)
}

function textOrNull(value: unknown): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

function draftOf(schema: object): Draft {
  // It would make the check a promise, which nobody waits for.
  if ('$async' in schema) throw new SchemaError('$async is not known')
  const named = '$schema' in schema ? schema.$schema : ''
  if (typeof named !== 'string') throw new SchemaError('$schema must be text')
  if (named === '' || /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/.test(named)) return 'draft-07'
  if (/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(named)) return '2020-12'
  throw new SchemaError(`$schema must be ${META_SCHEMAS['draft-07']} or ${META_SCHEMAS['2020-12']}`)
}

/** Loaded when first needed, by the first workflow with a schema: it takes memory that most servers do without. */
function createAjv(draft: Draft, options: Options): Ajv {
  const { Ajv } = require('ajv') as typeof import('ajv')
  const { Ajv2020 } = require('ajv/dist/2020') as typeof import('ajv/dist/2020')
  const all: Options = { strict: false, logger: false, allErrors: true, ...options }
  return draft === 'draft-07' ? new Ajv(all) : new Ajv2020(all)
}

/** The drafts' own schemas of a schema, kept: each takes a while to compile. */
const metaAjv = new Map<Draft, Ajv>()

function metaAjvOf(draft: Draft): Ajv {
  const meta = createAjv(draft, {})
  // The lists of an enum and of required, which are no longer than a schema.
  replaceUniqueItems(meta, () => {})
  metaAjv.set(draft, meta)
  return meta
}

function refuseWrong(schema: object, draft: Draft): void {
  const meta = metaAjv.get(draft) ?? metaAjvOf(draft)
  try {
    if (meta.validate(META_SCHEMAS[draft], schema)) return
  } catch (error) {
    throw new SchemaError('it is nested too deep', { cause: error })
  }
  const [first] = problemsOf(meta.errors ?? [], '')
  throw new SchemaError(first ? `${first.field} ${first.message}` : 'it is not valid')
}

/** A compiler of its own for each schema: what it remembers goes when the schema goes, and no other sees it. */
function compile(schema: object, draft: Draft, budget: WorkBudget) {
  const ajv = createAjv(draft, {
    meta: false,
    validateSchema: false,
    inlineRefs: false,
    ownProperties: true,
    code: { optimize: false, regExp: Object.assign(budget.regExp, { code: 'regExp' }) },
  })
  const { default: addFormats } = require('ajv-formats') as typeof import('ajv-formats')
  addFormats(ajv, { mode: 'fast', formats: FORMATS })
  replaceUniqueItems(ajv, budget.spend)
  makeKeywordsSpend(ajv, budget)
  try {
    return ajv.compile(schema)
  } catch (error) {
    throw new SchemaError(whyNot(error), { cause: error })
  }
}

function whyNot(error: unknown): string {
  if (error instanceof SyntaxError) return `a pattern ${error.message}`
  if (error instanceof Error && 'missingRef' in error) {
    return `it refers to ${String(error.missingRef).slice(0, 200)}, which is not in it`
  }
  return 'it contradicts itself or is nested too deep'
}

type WorkBudget = ReturnType<typeof createWorkBudget>

/** @param isStopped makes it as if all were spent */
function createWorkBudget(isStopped: () => boolean) {
  let left = 0
  let looksAt = 0

  function spend(cost: number): void {
    left -= cost
    if (left > looksAt) return
    looksAt = left - WORK_BETWEEN_LOOKS
    if (left < 0) throw new Error('the work for a check is used up')
    goOn()
  }

  function goOn(): void {
    if (isStopped()) throw new Error('the work is to stop')
  }

  return {
    spend,
    /** Called before each keyword and pattern is compiled. @throws where it is to stop */
    goOn,
    reset() {
      left = WORK_MAX
      looksAt = left - WORK_BETWEEN_LOOKS
    },

    /** Called from the compiled check, in front of each keyword. */
    spendOnKeyword(size: number, data: unknown, mistakes: number): void {
      if (mistakes > MISTAKES_MAX) throw new Error('a value has too many mistakes')
      spend(1 + size + sizeOf(data))
    },

    /** A character costs up to 1.4 µs in an automaton of 1,000 states, and 0.2 µs in a small one (measured). */
    regExp(pattern: string) {
      goOn()
      const { test, size } = linearRegex(pattern)
      return {
        test(text: string) {
          spend(text.length * (8 + size / 20))
          return test(text)
        },
        // Ajv takes two patterns of one text for the same.
        toString: () => pattern,
      }
    },
  }
}

/** Items of an array, keys of an object; text is cheap by the character. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length >> 3
  if (typeof value !== 'object' || value === null) return 0
  return Array.isArray(value) ? value.length : Object.keys(value).length
}

function makeKeywordsSpend(ajv: Ajv, { spendOnKeyword, goOn }: WorkBudget): void {
  const { _, Name } = require('ajv') as typeof import('ajv')
  for (const rule of Object.values(ajv.RULES.all)) {
    if (typeof rule !== 'object' || !('code' in rule.definition)) continue
    const { definition } = rule
    const { code } = definition
    definition.code = (context: KeywordCxt, type) => {
      goOn()
      const { gen, data, schema } = context
      const spend = gen.scopeValue('func', { ref: spendOnKeyword })
      gen.code(_`${spend}(${sizeOf(schema)}, ${data}, ${new Name('errors')})`)
      code(context, type)
    }
  }
}

/** Ajv compares each item with each other; 100,000 objects would take minutes. */
function replaceUniqueItems(ajv: Ajv, spend: (cost: number) => void): void {
  const spendOn = (value: unknown) => spend(1 + sizeOf(value))
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not have the same item twice' },
    validate: (unique: boolean, items: unknown[]) =>
      !unique || new Set(items.map((item) => canonicalJson(item, spendOn))).size === items.length,
  })
}

function problemsOf(errors: readonly ErrorObject[], name: string): Problem[] {
  const problems = new Map<string, Problem>()
  for (const error of errors) {
    const { at, message } = describe(error)
    const field = fieldPath(`${name && `/${name}`}${error.instancePath}${at}`)
    // The first that is said of a field is the nearest; what encloses it (anyOf, if) comes after.
    if (!problems.has(field)) problems.set(field, { field, message })
    if (problems.size === PROBLEMS_MAX) break
  }
  return [...problems.values()]
}

function describe({ keyword, params, message }: ErrorObject): { at: string; message: string } {
  const key = (name: unknown) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`
  switch (keyword) {
    case 'required':
      return { at: key(params.missingProperty), message: 'is required' }
    case 'additionalProperties':
      return { at: key(params.additionalProperty), message: 'is not a field of the schema' }
    case 'enum':
      return { at: '', message: `must be one of ${cut(params.allowedValues.map(textOf).join(', '))}` }
    case 'const':
      return { at: '', message: `must be ${cut(textOf(params.allowedValue))}` }
    default:
      return { at: '', message: cut(message?.replace('NOT', 'not') ?? 'is not valid') }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** So many characters of a message are enough to see what is meant. */
const MESSAGE_MAX = 300

function cut(text: string): string {
  return text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}…` : text
}
