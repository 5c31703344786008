import { Type as t } from '@sinclair/typebox'
import { invalid } from '../errors.ts'
import { parseInstant } from '../lib/instant.ts'
import { instant } from './reply-schema.ts'

/** A date for `instantField`, which looks at it: TypeBox knows no format. It takes more of ISO 8601 than the document tells. */
export const instantText = t.String({
  expected: 'a date with time and zone, such as 2027-01-31T00:00:00Z',
  told: () => instant,
})

export const instantOrNull = t.Union([instantText, t.Null()], {
  expected: 'a date with time and zone, or null',
  told: () => t.Union([instant, t.Null()]),
})

/**
 * Reads a date that a client may leave out.
 * @returns ms since the Unix epoch, or null where there is none. @throws INVALID_INPUT naming the field.
 */
export function instantField(field: string, text: string | null | undefined): number | null {
  if (text === undefined || text === null) return null
  const instant = parseInstant(text)
  if (instant === null)
    throw invalid(field, 'must be a date with time and zone, such as 2027-01-31T00:00:00Z')
  return instant
}
