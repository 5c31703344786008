import { isObject } from '../../lib/json-object.ts'
import type { SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts } from '../../lib/text-parts.ts'
import type { Budget } from './budget.ts'
import type { TemplateContext } from './context.ts'
import type { Expression, Node } from './expression.ts'
import { applyFilter } from './filters.ts'
import { expressionError } from './template-error.ts'
import { type Maker, writeText } from './text.ts'

/**
 * Works an expression out. It means what it means in JavaScript, but for this: what is missing is null and no
 * failure, unless it is a secret; only own properties are seen; + with a text on one side makes text as in a
 * template; other arithmetic takes numbers and texts that are numbers, and of anything else, or by zero, makes null.
 * @throws TemplateError
 */
export function evaluate(
  { text, tree }: Expression,
  context: TemplateContext,
  budget: Budget,
): SlicedWork<unknown> {
  return resultOf(tree, { context, budget, error: (problem) => expressionError(text, problem) })
}

// --- internal ---

type Scope = Maker & { context: TemplateContext }

function* resultOf(node: Node, scope: Scope): SlicedWork<unknown> {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'path':
      refuseMissingSecret(node.names, scope)
      return followPath(node.names, scope.context)
    case 'member':
      return yield* memberOf(node, scope)
    case 'list':
      return yield* itemsOf(node.items, scope)
    case 'unary': {
      const value = yield* resultOf(node.of, scope)
      return node.operator === '!' ? !value : arithmetic(0, value, (zero, number) => zero - number)
    }
    case 'binary':
      return yield* binary(node, scope)
    case 'choice':
      return yield* resultOf((yield* resultOf(node.test, scope)) ? node.consequent : node.alternate, scope)
    case 'filter':
      return yield* applyFilter(node.name, yield* resultOf(node.of, scope), node.args, scope)
  }
}

function* itemsOf(nodes: readonly Node[], scope: Scope): SlicedWork<unknown[]> {
  const items: unknown[] = []
  for (const node of nodes) items.push(yield* resultOf(node, scope))
  return items
}

/**
 * `steps.x.output` is all of the step's output, as `steps.x` is. A first name that the context has not is that of a
 * variable: {{billing_channel}} is {{variables.billing_channel}}.
 */
function followPath(names: readonly string[], context: TemplateContext): unknown {
  const [first = ''] = names
  const aliased = first === 'steps' && names[2] === 'output'
  let value: unknown = Object.hasOwn(context, first) ? context : context.variables
  for (let i = 0; i < names.length; i++) {
    if (aliased && i === 2) continue
    value = ownProperty(value, names[i] ?? '')
  }
  return value
}

/** All else that is missing is null. Without its secret a request would be sent as if nothing were wrong: "Bearer ". */
function refuseMissingSecret([first, name]: readonly string[], { context, error }: Scope): void {
  if (first !== 'secrets' || name === undefined || !isObject(context.secrets)) return
  if (!Object.hasOwn(context.secrets, name)) throw error(`needs the secret ${name}, which is not there`)
}

function* memberOf({ of, key }: Node & { kind: 'member' }, scope: Scope): SlicedWork<unknown> {
  const name = yield* resultOf(key, scope)
  if (typeof name !== 'string' && typeof name !== 'number') return null
  const value = yield* resultOf(of, scope)
  return name === 'output' && isStep(of) ? value : ownProperty(value, String(name))
}

/** steps[…], where the id of the step is worked out. */
function isStep(node: Node): boolean {
  return (
    node.kind === 'member' &&
    node.of.kind === 'path' &&
    node.of.names.length === 1 &&
    node.of.names[0] === 'steps'
  )
}

function ownProperty(value: unknown, name: string): unknown {
  if (typeof value === 'string') return name === 'length' ? value.length : null
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
  return Reflect.get(value, name) ?? null
}

function* binary({ operator, left, right }: Node & { kind: 'binary' }, scope: Scope): SlicedWork<unknown> {
  const a = yield* resultOf(left, scope)
  if (operator === '&&') return a && (yield* resultOf(right, scope))
  if (operator === '||') return a || (yield* resultOf(right, scope))
  if (operator === '??') return a ?? (yield* resultOf(right, scope))
  const b = yield* resultOf(right, scope)
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string')) {
    const parts = createTextParts()
    yield* writeText(a, scope, parts)
    yield* writeText(b, scope, parts)
    return yield* parts.joined()
  }
  const operate = OPERATORS[operator]
  if (!operate) throw scope.error(`has an operator that is not understood: ${operator}`)
  if (typeof a === 'string' && typeof b === 'string') {
    if (scope.budget.pace(Math.min(a.length, b.length) * COMPARED_COST)) yield
  }
  return operate(a, b)
}

/** Two texts are compared some sixteen times as fast as one is gone through. An expression may compare a thousand times. */
const COMPARED_COST = 1 / 16

const OPERATORS: Record<string, (a: unknown, b: unknown) => unknown> = {
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  '==': looselyEqual,
  '!=': (a, b) => !looselyEqual(a, b),
  '<': (a, b) => compare(a, b, (order) => order < 0),
  '>': (a, b) => compare(a, b, (order) => order > 0),
  '<=': (a, b) => compare(a, b, (order) => order <= 0),
  '>=': (a, b) => compare(a, b, (order) => order >= 0),
  '+': (a, b) => arithmetic(a, b, (x, y) => x + y),
  '-': (a, b) => arithmetic(a, b, (x, y) => x - y),
  '*': (a, b) => arithmetic(a, b, (x, y) => x * y),
  '/': (a, b) => arithmetic(a, b, (x, y) => x / y),
  '%': (a, b) => arithmetic(a, b, (x, y) => x % y),
}

/** As == does, but that lists and objects are never made text: they equal only themselves. */
function looselyEqual(a: unknown, b: unknown): boolean {
  if (typeof a === 'object' || typeof b === 'object') return a === b
  if (typeof a !== typeof b && (isLong(a) || isLong(b))) return false
  // biome-ignore lint/suspicious/noDoubleEquals: this is what the template says.
  return a == b
}

/** Texts by their characters, numbers (and texts that are numbers) as numbers; else never. */
function compare(a: unknown, b: unknown, holds: (order: number) => boolean): boolean {
  if (typeof a === 'string' && typeof b === 'string') return holds(a < b ? -1 : a > b ? 1 : 0)
  const order = numberOf(a) - numberOf(b)
  return holds(order)
}

/** A zero has no sign, as in the JSON that is kept: where it had one, it would not equal 0 inside of a list. */
function arithmetic(a: unknown, b: unknown, operate: (a: number, b: number) => number): number | null {
  const result = operate(numberOf(a), numberOf(b))
  return Number.isFinite(result) ? result || 0 : null
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || isLong(value)) return Number.NaN
  return value.trim() === '' ? Number.NaN : Number(value)
}

/** Whether it is a text that is too long to be a number: to read one of 10 MiB takes 20 ms. */
function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > NUMBER_CHARS_MAX
}

const NUMBER_CHARS_MAX = 1000
