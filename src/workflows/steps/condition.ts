import { Type as t } from '@sinclair/typebox'
import { isObject, type Json } from '../../lib/json-object.ts'
import { createPace, inSlices, type SlicedWork } from '../../lib/sliced-work.ts'
import { CONTEXT_NAMES, type TemplateContext } from '../templates/context.ts'
import { formulaHolds } from '../templates/formula.ts'
import { createRenderer } from '../templates/render.ts'
import { TemplateError } from '../templates/template-error.ts'
import { type Condition, type ConditionProblem, readCondition } from './condition-config.ts'
import { holds } from './condition-operators.ts'
import { toldConditions } from './condition-schema.ts'
import { configOf, inConfig, stepIds } from './config-schema.ts'
import type { PerformedKind } from './kind.ts'
import { MATCH_WORK_MAX } from './pattern-match.ts'
import { StepError, type StepPerformer } from './step-work.ts'

/**
 * `condition`: decides which way a run goes. All of the vendor's forms are taken side by side (workflows/README.md,
 * "Conditions"): one comparison, comparisons under and, or and not, a list with `combineOperator`, and an `expression`.
 */
export const condition: PerformedKind<'condition'> = {
  kind: 'condition',
  types: ['condition'],
  actions: [],
  programs: [],
  formulas: ['conditions', 'expression', 'condition'],
  mentions: ['then', 'else'],
  schema: () =>
    configOf({
      expression: t.Optional(t.Unknown({ expected: 'a text such as input.amount > 100' })),
      conditions: t.Optional(t.Unknown({ told: toldConditions })),
      combineOperator: t.Optional(t.Unknown({ expected: 'AND or OR, over a list of conditions' })),
      then: t.Optional(stepIds()),
      else: t.Optional(stepIds()),
    }),
  problems: ({ config }) => conditionProblems(config).map(inConfig),
  way: 'performed',
  performer: () => conditionPerformer,
}

export const conditionPerformer: StepPerformer = {
  async perform({ config, context, resolved }) {
    const values: Values = new Map()
    try {
      const result = await inSlices(decide(config, context, values))
      return { result, true: result, false: !result }
    } finally {
      if (values.size > 0) resolved('conditions', withValues(config.conditions, values))
    }
  },
}

/** What is wrong with the config of a condition, each by its place: "conditions.operator". */
export function conditionProblems(config: Json): ConditionProblem[] {
  return readCondition(config).problems
}

/**
 * Whether a loop's condition holds: an expression, or comparisons that must all hold.
 * Rejects with StepError VALIDATION_ERROR where it cannot be worked out.
 */
export function conditionHolds(written: unknown, context: TemplateContext): Promise<boolean> {
  return inSlices(decide({ conditions: written }, context, new Map()))
}

// --- internal ---

/** What the operands came to of each comparison that was looked at, by how it was written. */
type Values = Map<unknown, { left: unknown; right: unknown }>

function* decide(config: Json, context: TemplateContext, values: Values): SlicedWork<boolean> {
  const { condition: read, problems } = readCondition(config, itemsIn(context))
  const [problem] = problems
  if (!read) throw new StepError('VALIDATION_ERROR', `${problem?.path} ${problem?.message}`)
  const value = createRenderer(context)
  const work = { matchingLeft: MATCH_WORK_MAX, pace: createPace() }
  try {
    return yield* isTrue(read)
  } catch (error) {
    if (error instanceof TemplateError || error instanceof SyntaxError) {
      throw new StepError('VALIDATION_ERROR', error.message)
    }
    // Of a comparison of values that are deeper than the stack.
    if (error instanceof RangeError) throw new StepError('STEP_ERROR', 'A value is nested too deeply')
    throw error
  }

  function* isTrue(part: Condition): SlicedWork<boolean> {
    switch (part.kind) {
      case 'formula':
        return yield* formulaHolds(part.text, context)
      case 'and':
        return !(yield* isAny(part.conditions, false))
      case 'or':
        return yield* isAny(part.conditions, true)
      case 'not':
        return !(yield* isAny(part.conditions, true))
      case 'comparison': {
        const [left, right] = [yield* value(part.left), yield* value(part.right)]
        values.set(part.written, { left, right })
        return yield* holds(part.operator, left, right, work)
      }
    }
  }

  /** Whether one of them comes to `wanted`; after it none is worked out. */
  function* isAny(parts: readonly Condition[], wanted: boolean): SlicedWork<boolean> {
    for (const part of parts) if ((yield* isTrue(part)) === wanted) return true
    return false
  }
}

function itemsIn(context: TemplateContext): string[] {
  return Object.keys(context).filter((name) => !CONTEXT_NAMES.includes(name))
}

/** The conditions in the form that they are written in; comparisons that nothing hung on stay as they are. */
function withValues(written: unknown, values: Values): unknown {
  if (Array.isArray(written)) return written.map((part) => withValues(part, values))
  if (!isObject(written)) return written
  const operands = values.get(written)
  if (!operands) {
    const inner = written.conditions
    return inner === undefined ? written : { ...written, conditions: withValues(inner, values) }
  }
  const left = written.left === undefined ? 'field' : 'left'
  const right = written.right === undefined ? 'value' : 'right'
  const isBinary = written[right] !== undefined
  return { ...written, [left]: operands.left, ...(isBinary && { [right]: operands.right }) }
}
