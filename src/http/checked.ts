import { Kind, type TSchema, type TUnsafe, TypeRegistry, Type as t } from '@sinclair/typebox'

/**
 * A value for which a test of ours holds: what TypeBox's own types cannot say.
 * @param expected what the message says: "must be …"
 * @param told what the API's document says instead (`Told`); left out: the words alone
 */
export function checked<T>(holds: (value: unknown) => boolean, expected: string, told?: Told): TUnsafe<T> {
  return t.Unsafe<T>({ [Kind]: CHECKED, holds, expected, told })
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

/**
 * A schema's option `told`: what the API's document says in its place, because the schema itself cannot say it, or because
 * the rest is checked elsewhere. It must hold for every value that is accepted, odd spellings of dates aside (instant-field.ts).
 */
export type Told = () => TSchema

// --- internal ---

const CHECKED = 'Checked'

TypeRegistry.Set<{ holds: (value: unknown) => boolean }>(CHECKED, ({ holds }, value) => holds(value))
