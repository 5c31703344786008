import type { SlicedWork } from '../../lib/sliced-work.ts'
import { createBudget } from './budget.ts'
import type { TemplateContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { type Expression, parseExpression } from './expression.ts'
import { type Reading, readingOf } from './paths.ts'
import { piecesOf } from './placeholders.ts'
import { TemplateError } from './template-error.ts'

/**
 * Works out one expression that is written with braces around its parts, `{{input.amount}} > 100`, around all of
 * it, or without any (workflows/README.md, "Conditions": the newer pages). Each {{…}} is a part in parentheses, and no
 * value is ever pasted into the text; within quotes it is joined to them: '{{input.a}}-b' is '' + (input.a) + '-b'.
 * @throws TemplateError
 */
export function evaluateFormula(text: string, context: TemplateContext): SlicedWork<unknown> {
  return evaluate(parseFormula(text), context, createBudget())
}

/** Whether a formula holds: as in JavaScript, but that the text "false" is what it says. @throws TemplateError */
export function* formulaHolds(text: string, context: TemplateContext): SlicedWork<boolean> {
  const value = yield* evaluateFormula(text, context)
  return Boolean(value) && value !== 'false'
}

/** What in a formula cannot be read, in words, or null. */
export function formulaProblem(text: string): string | null {
  try {
    parseFormula(text)
    return null
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
}

/** What a formula reads, for whoever saves a definition. */
export function formulaReading(text: string): Reading {
  return readingOf(() => [parseFormula(text)])
}

// --- internal ---

/** Each part is also read by itself, so that none can close the parentheses around it. */
function parseFormula(text: string): Expression {
  let formula = ''
  let quote = ''
  for (const piece of piecesOf(text)) {
    if ('text' in piece) {
      formula += piece.text
      quote = quoteAfter(piece.text, quote)
    } else {
      const part = `(${parseExpression(piece.expression).text})`
      formula += quote === '' ? part : `${quote} + ${part} + ${quote}`
    }
  }
  return parseExpression(formula)
}

/** The quote that is open after a text, or ''. @param quote the one that was open before it. */
function quoteAfter(text: string, quote: string): string {
  let open = quote
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (open !== '' && char === '\\') i++
    else if (open === '' && (char === '"' || char === "'")) open = char
    else if (char === open) open = ''
  }
  return open
}
