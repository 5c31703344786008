import { Kind, type TUnsafe, TypeRegistry, Type as t } from '@sinclair/typebox'

/**
 * A value for which a test of ours holds: what TypeBox's own types cannot say.
 * @param expected what the message says: "must be …"
 */
export function checked<T>(holds: (value: unknown) => boolean, expected: string): TUnsafe<T> {
  return t.Unsafe<T>({ [Kind]: CHECKED, holds, expected })
}

/**
 * A text that fits a pattern. Not TypeBox's `t.RegExp`: inside a union that one asks its pattern about any value,
 * so it takes ["a"] for "a", and throws at {"toString":1}.
 */
export function textLike(pattern: RegExp, expected: string): TUnsafe<string> {
  return {
    ...checked<string>((value) => typeof value === 'string' && pattern.test(value), expected),
    type: 'string',
    pattern: pattern.source,
  }
}

// --- internal ---

const CHECKED = 'Checked'

TypeRegistry.Set<{ holds: (value: unknown) => boolean }>(CHECKED, ({ holds }, value) => holds(value))
