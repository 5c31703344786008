import { createBudget, spend, spendValue } from './budget.ts'
import type { TemplateContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { parseExpression } from './expression.ts'
import { loneExpression, piecesOf } from './placeholders.ts'
import { expressionError, TemplateError } from './template-error.ts'
import { textOf } from './text.ts'

/** How deep lists and objects in a template may be nested. */
export const TEMPLATE_DEPTH_MAX = 64

/**
 * Fills in a template: every text in it, however deep; keys stay as they are written. A text that is one lone
 * {{expression}}, spaces aside, becomes the value with its type, and null where it is missing; within other text
 * a value is written out, lists and objects as JSON, what is missing as nothing. What a value holds is never
 * taken for a template again.
 * @throws TemplateError where an expression cannot be read or worked out, for more than 10 MiB of text, and for
 * more than 64 levels.
 */
export function render(template: unknown, context: TemplateContext): unknown {
  return createRenderer(context)(template)
}

/** `render` for many templates that together may make no more than 10 MiB. */
export function createRenderer(context: TemplateContext): (template: unknown) => unknown {
  const budget = createBudget()
  return (template) => renderValue(template, 0)

  function renderValue(value: unknown, depth: number): unknown {
    if (depth > TEMPLATE_DEPTH_MAX) throw new TemplateError(TOO_DEEP)
    if (typeof value === 'string') return renderText(value)
    if (Array.isArray(value)) return value.map((item) => renderValue(item, depth + 1))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderValue(item, depth + 1)]))
  }

  function renderText(text: string): unknown {
    if (!text.includes('{{')) return written(text)
    const pieces = piecesOf(text)
    const lone = loneExpression(pieces)
    if (lone !== null) {
      const value = evaluate(parseExpression(lone), context, budget)
      spendValue(budget, value, (problem) => expressionError(lone, problem))
      return value
    }
    return pieces
      .map((piece) => ('text' in piece ? written(piece.text) : writtenOut(piece.expression)))
      .join('')
  }

  function written(text: string): string {
    spend(budget, text.length, (problem) => new TemplateError(`The template ${problem}`))
    return text
  }

  function writtenOut(expression: string): string {
    const value = evaluate(parseExpression(expression), context, budget)
    return textOf(value, { budget, error: (problem) => expressionError(expression, problem) })
  }
}

export const TOO_DEEP = `The template is nested deeper than ${TEMPLATE_DEPTH_MAX} levels`
