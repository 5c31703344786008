import { type NumberOptions, type TSchema, Type as t } from '@sinclair/typebox'
import { checked, textLike } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import type { Problem } from '../../lib/problem.ts'
import { STEPS_MAX } from '../plan/step.ts'
import { CONTEXT_NAMES } from '../templates/context.ts'
import {
  booleanIn,
  choiceIn,
  DECIMAL,
  isMissing,
  isTemplate,
  numberIn,
  type WholeNumbers,
  wholeNumberIn,
} from './config-field.ts'

// The fields of steps' configs (workflows/README.md, "Steps"). Where a number, a boolean or a list is wanted, a template
// may stand, which gives it when the step runs. Fields that are not named are kept and not looked at.

/** A step with these fields in its config. */
export function configOf(fields: Record<string, TSchema>): TSchema {
  return t.Object({ config: t.Object(fields) })
}

/** A problem in a config, by its place there ("conditions[0].operator"; "" is the config), as one of the step. */
export function inConfig({ path, message }: { path: string; message: string }): Problem {
  return { field: path === '' ? 'config' : `config.${path}`, message }
}

export function orTemplate(schema: TSchema, expected: string) {
  return t.Union([schema, checked(isTemplate, 'a template', () => template)], {
    expected: `${expected}, or a template`,
  })
}

/** What the catalog's forms leave where nothing was typed: the default, as when the field is missing. */
export function orNothing(schema: TSchema, expected: string) {
  return orTemplate(t.Union([schema, checked(isMissing, 'nothing', () => nothing)]), expected)
}

/** A number, or the text of one: the catalog's forms have text inputs for numbers (workflows/README.md, "Steps"). */
export function wholeNumber(range: WholeNumbers) {
  const expected = `a whole number from ${range.min} to ${range.max}`
  return orNothing(
    checked(
      (value) => wholeNumberIn(value, range) !== null,
      expected,
      () => t.Union([t.Integer({ minimum: range.min, maximum: range.max }), numberText]),
    ),
    expected,
  )
}

/**
 * As `wholeNumber`.
 * @param holds whether it may be this number
 * @param bounds what the API's document tells of that
 */
export function number(holds: (value: number) => boolean, expected: string, bounds: NumberOptions) {
  return checked(
    (value) => {
      const given = numberIn(value)
      return given !== null && holds(given)
    },
    expected,
    () => t.Union([t.Number(bounds), numberText]),
  )
}

export function boolean() {
  return orNothing(
    checked(
      (value) => booleanIn(value) !== null,
      'true or false',
      () => t.Union([t.Boolean(), oneOf(['true', 'false'])]),
    ),
    'true or false',
  )
}

/** One of these words, in any case. */
export function choice(values: readonly string[], expected: string) {
  return orNothing(
    checked(
      (value) => choiceIn(value, values) !== null,
      expected,
      () => t.String({ examples: values }),
    ),
    expected,
  )
}

export function list() {
  return orTemplate(t.Array(t.Unknown()), 'a list')
}

export function stepId() {
  return t.String({ expected: 'the id of a step' })
}

export function stepIds() {
  const ids = t.Array(stepId(), { maxItems: STEPS_MAX })
  return t.Union([stepId(), ids], { expected: 'the id of a step, or a list of them' })
}

/** A name for templates that hides none of what they see anyway, and is no word of their language. */
export function variableName() {
  const taken = [...CONTEXT_NAMES, 'true', 'false', 'null', 'undefined', 'this']
  return textLike(
    new RegExp(`^(?!(?:${taken.join('|')})$)[A-Za-z_][A-Za-z0-9_]{0,63}$`),
    `a name of 1 to 64 letters, digits and underscores, and none of ${taken.join(', ')}`,
  )
}

// --- internal ---

const template = t.String({ $id: 'Template', pattern: '\\{\\{', expected: 'a text with {{ }} in it' })
const nothing = t.Union([t.Null(), t.Literal('')], { $id: 'Nothing', expected: 'null or an empty text' })
const numberText = t.String({
  $id: 'NumberText',
  pattern: DECIMAL.source,
  expected: 'a decimal number as text',
})
