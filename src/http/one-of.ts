import { Type as t } from '@sinclair/typebox'

/** One of these words. @param more what the message says after them */
export function oneOf<const T extends string>(values: readonly T[], more = '') {
  return t.Union(
    values.map((value) => t.Literal(value)),
    { expected: `one of ${values.join(', ')}${more}` },
  )
}
