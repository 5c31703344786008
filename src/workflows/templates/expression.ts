import type jsep from 'jsep'
import { lazily } from '../../lib/lazily.ts'
import { CONTEXT_NAMES } from './context.ts'
import { filterProblem } from './filters.ts'
import { expressionError, TemplateError } from './template-error.ts'

/** An expression that has been read, and the text that it was read from. */
export type Expression = {
  text: string
  tree: Node
  /** The members written with a minus, but for the ids of steps: input.a-b has "a-b". */
  hyphenated: readonly string[]
}

export type Literal = string | number | boolean | null

export type Node =
  | { kind: 'literal'; value: Literal }
  /** What the context holds under these names, from the outermost in. */
  | { kind: 'path'; names: string[] }
  /** A value under a key that has to be worked out, or of what is no path. */
  | { kind: 'member'; of: Node; key: Node }
  | { kind: 'list'; items: Node[] }
  | { kind: 'unary'; operator: string; of: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'choice'; test: Node; consequent: Node; alternate: Node }
  | { kind: 'filter'; name: string; of: Node; args: Literal[] }

const EXPRESSION_CHARS_MAX = 10_000

/** How deep the tree of an expression may be; `a + b + c` is three deep. */
const EXPRESSION_DEPTH_MAX = 250

/**
 * Reads what stands inside {{…}}: paths (a.b, a[0], a["k"], a.0.b), literals, lists, + - * / %, comparison,
 * === !== == !=, && || ??, !, unary minus, a ? b : c, and filters after |, which binds more loosely than every
 * operator but the ternary. There are no calls, no assignment and no `this`.
 *
 * A hyphen after a dot and between letters or digits belongs to the name, since the ids of steps and the names of
 * headers have hyphens: {{steps.fetch-order.headers.content-type}}. A minus there has spaces around it; what looks
 * like one all the same, {{input.total-1}} and {{input.total-input.paid}}, is refused.
 * @throws TemplateError
 */
export function parseExpression(source: string): Expression {
  const text = source.trim()
  const known = cache.get(text)
  if (known) return known
  if (text.length > EXPRESSION_CHARS_MAX) {
    throw expressionError(text, `is longer than ${EXPRESSION_CHARS_MAX} characters`)
  }
  const { bracketed, hyphenated } = withBrackets(text)
  const expression = { text, tree: toNode(text, readTree(text, bracketed), 0), hyphenated }
  cachedChars += text.length
  if (cachedChars > CACHED_CHARS_MAX) {
    cache.clear()
    cachedChars = text.length
  }
  cache.set(text, expression)
  return expression
}

// --- internal ---

/**
 * Expressions come again with every run, and with every round of a loop. So many characters of them are 2 MB, and 12 MB
 * where every other character is an operator; an expression may have 10,000.
 */
const CACHED_CHARS_MAX = 200_000
const cache = new Map<string, Expression>()
let cachedChars = 0

const BINARY_OPERATORS: Record<string, number> = {
  '||': 1,
  '??': 1,
  '&&': 2,
  '==': 6,
  '!=': 6,
  '===': 6,
  '!==': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
}

/** Below || (1), and above 0.9, up to which jsep takes an operator for an assignment. */
const FILTER_PRECEDENCE = 0.95

/** The parser with our operators and no others. Loaded with the first expression. */
const parser = lazily((): typeof jsep => {
  const parse: typeof jsep = require('jsep')
  parse.removeAllBinaryOps()
  for (const [operator, precedence] of Object.entries(BINARY_OPERATORS))
    parse.addBinaryOp(operator, precedence)
  parse.addBinaryOp('|', FILTER_PRECEDENCE)
  parse.removeAllUnaryOps()
  parse.addUnaryOp('-')
  parse.addUnaryOp('!')
  parse.addLiteral('undefined', null)
  return parse
})

function readTree(text: string, source: string): jsep.Expression {
  try {
    return parser()(source)
  } catch (error) {
    throw expressionError(text, problemOf(error, source), { cause: error })
  }
}

/** The parser's messages are about its own terms; where it stopped says more. */
function problemOf(error: unknown, source: string): string {
  if (error instanceof RangeError) return TOO_DEEP
  const index = error instanceof Error && 'index' in error ? Number(error.index) : 0
  const rest = source.slice(index, index + 20)
  return rest === '' ? 'ends too early' : `is not understood from ${JSON.stringify(rest)} on`
}

const TOO_DEEP = 'is nested too deeply'

/** A text in quotes, a number, a name; or a dot and the name of a member. */
const TOKEN =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\d[\d.]*|[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*|(?<=[\w$\u0080-\uffff\])])\.([\w$\u0080-\uffff]+(?:-+[\w$\u0080-\uffff]+)*)/gs

/** Writes .0 as ["0"] and .fetch-order as ["fetch-order"], which jsep takes. */
function withBrackets(text: string): { bracketed: string; hyphenated: string[] } {
  const hyphenated: string[] = []
  const bracketed = text.replace(TOKEN, (token, member: string | undefined, at: number) => {
    if (member === undefined || !/^\d|-/.test(member)) return token
    if (member.includes('-') && !STEPS_BEFORE.test(text.slice(Math.max(0, at - 6), at))) {
      refuseSubtraction(text, member, text.charAt(at + token.length))
      hyphenated.push(member)
    }
    return `["${member}"]`
  })
  return { bracketed, hyphenated }
}

/** In front of the id of a step: `steps`, with nothing before it that makes it the end of another name. */
const STEPS_BEFORE = /(?:^|[^\w$.\u0080-\uffff])steps$/

/** @param after the character behind the member. @throws TemplateError where a minus may be meant. */
function refuseSubtraction(text: string, member: string, after: string): void {
  const ends = member.split(/-+/).slice(1)
  const isOfContext = CONTEXT_NAMES.includes(ends.at(-1) ?? '') && /[.[]/.test(after)
  if (!isOfContext && !ends.some((end) => /^\d/.test(end))) return
  const problem = `has ${JSON.stringify(member)}, which may be a name or a subtraction`
  throw expressionError(text, `${problem}: write ["${member}"], or spaces around the minus`)
}

function toNode(text: string, source: jsep.Expression, depth: number): Node {
  if (depth > EXPRESSION_DEPTH_MAX) throw expressionError(text, TOO_DEEP)
  const inner = (part: jsep.Expression) => toNode(text, part, depth + 1)
  if (!isCore(source)) throw notUnderstood(text, source.type)
  switch (source.type) {
    case 'Literal':
      return { kind: 'literal', value: literalOf(source.value) }
    case 'Identifier':
      return { kind: 'path', names: [source.name] }
    case 'MemberExpression': {
      const key = source.computed ? inner(source.property) : nameOf(text, source.property)
      return memberOf(inner(source.object), key)
    }
    case 'ArrayExpression':
      return {
        kind: 'list',
        items: source.elements.map((item) => (item ? inner(item) : { kind: 'literal', value: null })),
      }
    case 'UnaryExpression':
      return { kind: 'unary', operator: source.operator, of: inner(source.argument) }
    case 'BinaryExpression':
      if (source.operator === '|') return filterOf(text, inner(source.left), source.right)
      return {
        kind: 'binary',
        operator: source.operator,
        left: inner(source.left),
        right: inner(source.right),
      }
    case 'ConditionalExpression':
      return {
        kind: 'choice',
        test: inner(source.test),
        consequent: inner(source.consequent),
        alternate: inner(source.alternate),
      }
    default:
      throw notUnderstood(text, source.type)
  }
}

const CORE_TYPES = new Set([
  ...['Literal', 'Identifier', 'MemberExpression', 'ArrayExpression', 'UnaryExpression', 'BinaryExpression'],
  ...['ConditionalExpression', 'CallExpression', 'ThisExpression', 'Compound', 'SequenceExpression'],
])

function isCore(node: jsep.Expression): node is jsep.CoreExpression {
  return CORE_TYPES.has(node.type)
}

function notUnderstood(text: string, type: string): TemplateError {
  if (text === '') return new TemplateError('{{}} has nothing between its braces')
  if (type === 'CallExpression') return expressionError(text, 'calls a function, which a template cannot')
  if (type === 'ThisExpression') return expressionError(text, 'has no "this"')
  if (type === 'Compound' || type === 'SequenceExpression') {
    return expressionError(text, 'is more than one expression')
  }
  return expressionError(text, 'is not understood')
}

function literalOf(value: unknown): Literal {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function nameOf(text: string, property: jsep.Expression): Node {
  if (typeof property.name !== 'string') throw notUnderstood(text, property.type)
  return { kind: 'literal', value: property.name }
}

/** A path stays a path as long as its keys are literal. */
function memberOf(of: Node, key: Node): Node {
  if (of.kind === 'path' && key.kind === 'literal' && key.value !== null) {
    return { kind: 'path', names: [...of.names, String(key.value)] }
  }
  return { kind: 'member', of, key }
}

function filterOf(text: string, of: Node, filter: jsep.Expression): Node {
  const called = isCore(filter) && filter.type === 'CallExpression' ? filter : null
  const { name } = called ? called.callee : filter
  if (typeof name !== 'string') throw expressionError(text, 'has something after | that is not a filter')
  const args = (called?.arguments ?? []).map((argument) => {
    if (argument?.type !== 'Literal') {
      throw expressionError(text, `gives the filter ${name} something else than a text or a number`)
    }
    return literalOf(argument.value)
  })
  const problem = filterProblem(name, args.length)
  if (problem) throw expressionError(text, problem)
  return { kind: 'filter', name, of, args }
}
