import { Type as t } from '@sinclair/typebox'
import { OPERATOR_SPELLINGS } from './condition-operators.ts'

/**
 * Conditions as the API's document tells them: an expression, a comparison, or a list of comparisons. What is wrong with
 * them is found by who reads them (condition-config.ts).
 */
export function toldConditions() {
  const node = t.Object({
    field: t.Optional(t.Unknown({ expected: 'the path of a value, such as input.amount' })),
    left: t.Optional(t.Unknown({ expected: 'a value or a template, in place of field' })),
    operator: t.Optional(
      t.Unknown({ expected: `one of ${NAMES.join(', ')}; and, or or not over conditions`, examples: NAMES }),
    ),
    value: t.Optional(t.Unknown({ expected: 'what to compare with' })),
    right: t.Optional(t.Unknown({ expected: 'the same, in place of value' })),
    conditions: t.Optional(t.Unknown({ expected: 'a list of more of these' })),
  })
  return t.Union([t.String({ expected: 'an expression' }), node, t.Array(node), t.Null()], {
    $id: 'Conditions',
  })
}

// --- internal ---

/** Of each operator the first spelling; there are more. */
const NAMES = OPERATOR_SPELLINGS.map(([name]) => name)
