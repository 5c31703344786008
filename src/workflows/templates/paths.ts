import { type Expression, type Node, parseExpression } from './expression.ts'
import { piecesOf, placeholdersIn } from './placeholders.ts'
import { TEMPLATE_DEPTH_MAX, TOO_DEEP } from './render.ts'
import { TemplateError } from './template-error.ts'

/**
 * Every path that a template reads, as far as it is literal: {{steps.fetch.output.id}} gives
 * ['steps', 'fetch', 'output', 'id'], and {{input.items[input.i].x}} gives ['input', 'items'] and ['input', 'i'].
 * What cannot be read has no paths; `templateProblem` tells of it.
 */
export function pathsIn(template: unknown): string[][] {
  const paths: string[][] = []
  try {
    for (const expression of expressionsIn(template)) collectPaths(expression, paths)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
  }
  return paths
}

/** What was read in a text: what cannot be read of it, in words, or else what it reads. */
export type Reading = {
  problem: string | null
  /** As `pathsIn` gives them. */
  paths: string[][]
  /** Members with a minus in them: {{input.a-b}} has "a-b". */
  hyphenated: string[]
}

/** For whoever saves a definition. */
export function templateReading(text: string): Reading {
  return readingOf(() =>
    piecesOf(text).flatMap((piece) => ('expression' in piece ? [parseExpression(piece.expression)] : [])),
  )
}

/** @throws what `read` throws and is no TemplateError. */
export function readingOf(read: () => Expression[]): Reading {
  try {
    const paths: string[][] = []
    const expressions = read()
    for (const { tree } of expressions) pathsOf(tree, paths)
    return { problem: null, paths, hyphenated: expressions.flatMap(({ hyphenated }) => hyphenated) }
  } catch (error) {
    if (error instanceof TemplateError) return { problem: error.message, paths: [], hyphenated: [] }
    throw error
  }
}

/**
 * How many characters the expressions of a definition, or of a mock's output, may have together, and some more for each: 1 MiB of
 * them would hold the event loop for a third of a second; so many take some 30 ms.
 */
export const EXPRESSIONS_CHARS_MAX = 150_000

/** What it costs to read the expressions of a text: their characters, and some for each. */
export function expressionCost(text: string): number {
  const { count, chars } = placeholdersIn(text)
  return chars + count * EXPRESSION_COST
}

/** The first thing in a template that cannot be read, in words, or null; for whoever saves a mock. */
export function templateProblem(template: unknown): string | null {
  let cost = 0
  try {
    for (const expression of expressionsIn(template)) {
      cost += expression.length + EXPRESSION_COST
      if (cost > EXPRESSIONS_CHARS_MAX) {
        return `must not have more than ${EXPRESSIONS_CHARS_MAX} characters in its expressions, all together`
      }
      parseExpression(expression)
    }
    return null
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
}

// --- internal ---

/** What an expression costs besides its characters, in characters: to read {{a}} takes 4 µs, a long one 0.2 µs a character. */
const EXPRESSION_COST = 15

/** @throws TemplateError where the template is too deep. */
function* expressionsIn(template: unknown, depth = 0): Generator<string> {
  if (depth > TEMPLATE_DEPTH_MAX) throw new TemplateError(TOO_DEEP)
  if (typeof template === 'string') {
    for (const piece of piecesOf(template)) if ('expression' in piece) yield piece.expression
  } else if (typeof template === 'object' && template !== null) {
    for (const item of Object.values(template)) yield* expressionsIn(item, depth + 1)
  }
}

function collectPaths(expression: string, paths: string[][]): void {
  try {
    pathsOf(parseExpression(expression).tree, paths)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
  }
}

function pathsOf(node: Node, paths: string[][]): void {
  if (node.kind === 'path') paths.push(node.names)
  else for (const part of partsOf(node)) pathsOf(part, paths)
}

function partsOf(node: Node): Node[] {
  switch (node.kind) {
    case 'member':
      return [node.of, node.key]
    case 'list':
      return node.items
    case 'unary':
    case 'filter':
      return [node.of]
    case 'binary':
      return [node.left, node.right]
    case 'choice':
      return [node.test, node.consequent, node.alternate]
    default:
      return []
  }
}
