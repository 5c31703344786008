/** A template that cannot be read or worked out. The message names the expression; it goes to whoever wrote it. */
export class TemplateError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TemplateError'
  }
}

/** How much of an expression a message shows, in characters. */
const SHOWN_CHARS_MAX = 80

/** @param problem what is wrong, as it reads after the expression: "ends too early". */
export function expressionError(expression: string, problem: string, options?: ErrorOptions): TemplateError {
  const text = expression.trim()
  const shown = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text
  return new TemplateError(`{{${shown}}} ${problem}`, options)
}
