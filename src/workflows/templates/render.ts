import type { SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts, type TextParts } from '../../lib/text-parts.ts'
import { createBudget, PIECE_COST, spend, spendValue } from './budget.ts'
import type { TemplateContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { parseExpression } from './expression.ts'
import { loneExpression, type Piece, piecesOf } from './placeholders.ts'
import { expressionError, TemplateError } from './template-error.ts'
import { writeText } from './text.ts'

/** How deep lists and objects in a template may be nested. */
export const TEMPLATE_DEPTH_MAX = 64

/**
 * Fills in a template: every text in it, however deep; keys stay as they are written. A text that is one lone
 * {{expression}}, spaces aside, becomes the value with its type, and null where it is missing; within other text
 * a value is written out, lists and objects as JSON, what is missing as nothing. What a value holds is never
 * taken for a template again. Yields where others may have their turn: a template may make megabytes of text.
 * @throws TemplateError where an expression cannot be read or worked out, for more than 10 MiB of text, and for
 * more than 64 levels.
 */
export function render(template: unknown, context: TemplateContext): SlicedWork<unknown> {
  return createRenderer(context)(template)
}

/** `render` for many templates that together may make no more than 10 MiB. */
export function createRenderer(context: TemplateContext): (template: unknown) => SlicedWork<unknown> {
  const budget = createBudget()
  return (template) => renderValue(template, 0)

  function* renderValue(value: unknown, depth: number): SlicedWork<unknown> {
    if (depth > TEMPLATE_DEPTH_MAX) throw new TemplateError(TOO_DEEP)
    if (budget.pace(PIECE_COST)) yield
    if (typeof value === 'string') return value.includes('{{') ? yield* renderText(value) : written(value)
    if (Array.isArray(value)) return yield* renderItems(value, depth + 1)
    if (typeof value !== 'object' || value === null) return value
    return yield* renderFields(value, depth + 1)
  }

  function* renderItems(items: readonly unknown[], depth: number): SlicedWork<unknown[]> {
    const rendered: unknown[] = []
    for (const item of items) rendered.push(yield* renderValue(item, depth))
    return rendered
  }

  function* renderFields(fields: object, depth: number): SlicedWork<object> {
    const rendered: [string, unknown][] = []
    for (const [name, item] of Object.entries(fields)) rendered.push([name, yield* renderValue(item, depth)])
    return Object.fromEntries(rendered)
  }

  function* renderText(text: string): SlicedWork<unknown> {
    const pieces = piecesOf(text)
    const lone = loneExpression(pieces)
    return lone === null ? yield* joined(pieces) : yield* resultOf(lone)
  }

  function* resultOf(expression: string): SlicedWork<unknown> {
    const value = yield* evaluate(parseExpression(expression), context, budget)
    yield* spendValue(budget, value, (problem) => expressionError(expression, problem))
    return value
  }

  function* joined(pieces: readonly Piece[]): SlicedWork<string> {
    const parts = createTextParts()
    for (const piece of pieces) {
      if ('text' in piece) parts.push(written(piece.text))
      else yield* writeOut(piece.expression, parts)
      if (budget.pace(PIECE_COST)) yield
    }
    return yield* parts.joined()
  }

  function written(text: string): string {
    spend(budget, text.length, (problem) => new TemplateError(`The template ${problem}`))
    return text
  }

  function* writeOut(expression: string, to: TextParts): SlicedWork<void> {
    const value = yield* evaluate(parseExpression(expression), context, budget)
    yield* writeText(value, { budget, error: (problem) => expressionError(expression, problem) }, to)
  }
}

export const TOO_DEEP = `The template is nested deeper than ${TEMPLATE_DEPTH_MAX} levels`
