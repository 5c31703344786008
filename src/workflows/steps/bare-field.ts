import { nearest } from '../../lib/near-miss.ts'
import { CONTEXT_NAMES } from '../templates/context.ts'

/** Whether the `field` of a condition may be a path without braces, as the Studio writes it; else it is text, or a template. */
export function isBarePath(field: string): boolean {
  return BARE_PATH.test(field.trim())
}

/**
 * The template that a `field` without braces stands for: input.amount, or in a loop item.amount and index.
 * @param items the names that the loops around it give their item and index
 * @returns null where it is text.
 */
export function bareTemplate(field: string, items: readonly string[]): string | null {
  const { first, rest } = partsOf(field)
  const isPath = items.includes(first) || (CONTEXT_NAMES.includes(first) && rest !== '')
  return isPath ? `{{${field}}}` : null
}

/** As `bareTemplate`, when a definition is saved: a path with a typing error is taken for a path too, so that it is refused. */
export function meantTemplate(field: string, items: readonly string[]): string | null {
  const { first, rest } = partsOf(field)
  const isSlip =
    rest !== '' && isLong(first) && nearest(first, [...CONTEXT_NAMES, ...items].filter(isLong)) !== null
  return isSlip ? `{{${field}}}` : bareTemplate(field, items)
}

// --- internal ---

const BARE_PATH = /^(\w{1,64})([.[][^\s{}]+)?$/

function partsOf(field: string): { first: string; rest: string } {
  const [, first = '', rest = ''] = BARE_PATH.exec(field.trim()) ?? []
  return { first, rest }
}

/** Of shorter names nearly every short word is a near miss: rule.x is text, and not run.x. */
function isLong(name: string): boolean {
  return name.length >= 4
}
