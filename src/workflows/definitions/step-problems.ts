import ms from 'ms'
import { createChecker } from '../../http/validator.ts'
import type { Json } from '../../lib/json-object.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Problem } from '../../lib/problem.ts'
import { kindOf, type Step, type StepKind } from '../plan/step.ts'
import { WAIT_MS_MAX, WAIT_UNIT_MS } from '../plan/wait-units.ts'
import { hasCondition, loopTypeOf } from '../runs/execution/loop-step.ts'
import { conditionProblems } from '../steps/condition.ts'
import { isMissing, numberIn } from '../steps/config-field.ts'
import { transformProblems } from '../steps/transform.ts'
import { DAY_MS, stepSchemas } from './step-schemas.ts'

/** What is wrong with the configs of steps, by the kind of each; every problem with its field. */
export function stepProblems(steps: readonly Step[]): Problem[] {
  return steps.flatMap((step, i) => {
    const kind = kindOf(step)
    const wrong = checkers()[kind](step, `/steps/${i}`)
    if (wrong.length > 0) return wrong
    const problems = kind === 'action' ? actionProblems(step) : (rules[kind]?.(step.config) ?? [])
    return problems.map(({ field, message }) => ({ field: `steps[${i}].${field}`, message }))
  })
}

// --- internal ---

const checkers = lazily(() => {
  const kinds = Object.entries(stepSchemas()).map(([kind, schema]) => [kind, createChecker(schema)])
  return Object.fromEntries(kinds) as Record<StepKind, ReturnType<typeof createChecker>>
})

/** What a schema cannot say. Asked only of a config that keeps to its schema. */
const rules: Partial<Record<StepKind, (config: Json) => Problem[]>> = {
  condition: (config) =>
    conditionProblems(config).map(({ path, message }) => ({ field: `config.${path}`, message })),
  transform: (config) =>
    transformProblems(config).map(({ path, message }) => ({
      field: path === '' ? 'config' : `config.${path}`,
      message,
    })),
  wait: waitProblems,
  loop: loopProblems,
  approval: approvalProblems,
}

function actionProblems({ type, action }: Step): Problem[] {
  return type === 'action' && action === undefined ? [{ field: 'action', message: 'is required' }] : []
}

function waitProblems({ duration, unit = 'milliseconds' }: Json): Problem[] {
  const unitMs = WAIT_UNIT_MS.get(String(unit))
  // A template is NaN or of no unit; it is looked at when it has been filled in.
  if (unitMs === undefined || !(Number(duration) * unitMs > WAIT_MS_MAX)) return []
  return [{ field: 'config.duration', message: `must be at most ${WAIT_MS_MAX / DAY_MS} days` }]
}

const LOOP_NEEDS = new Map([
  ['forEach', 'collection'],
  ['for', 'iterations'],
  ['while', 'whileCondition'],
])

function loopProblems(config: Json): Problem[] {
  const { itemVariable = 'item', indexVariable = 'index' } = config
  const loopType = loopTypeOf(config)
  const needed = LOOP_NEEDS.get(loopType)
  const message = `is required in a loop of the type ${loopType}`
  return [
    ...(needed && !hasCondition(config[needed]) ? [{ field: `config.${needed}`, message }] : []),
    ...loopConditionProblems(config, 'whileCondition'),
    ...loopConditionProblems(config, 'breakCondition'),
    ...(itemVariable === indexVariable
      ? [{ field: 'config.indexVariable', message: 'must not be the name of the item' }]
      : []),
  ]
}

function loopConditionProblems(config: Json, name: 'whileCondition' | 'breakCondition'): Problem[] {
  if (!hasCondition(config[name])) return []
  return conditionProblems({ conditions: config[name] }).map(({ path, message }) => ({
    field: `config.${path.replace('conditions', name)}`,
    message,
  }))
}

function approvalProblems({ timeout }: Json): Problem[] {
  if (isMissing(timeout) || (typeof timeout === 'string' && timeout.includes('{{'))) return []
  const length = numberIn(timeout) ?? (isDuration(timeout) ? ms(timeout) : 0)
  if (length > 0 && length <= WAIT_MS_MAX) return []
  const message = `must be a time such as 30m, 24h or 7d, of at most ${WAIT_MS_MAX / DAY_MS} days, or a template`
  return [{ field: 'config.timeout', message }]
}

function isDuration(value: unknown): value is ms.StringValue {
  return typeof value === 'string' && /^\d{1,15}(?:\.\d{1,15})? ?(?:ms|s|m|h|d|w)$/.test(value)
}
