import { Type as t } from '@sinclair/typebox'
import { checked } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import type { Json } from '../../lib/json-object.ts'
import type { Problem } from '../../lib/problem.ts'
import { STEPS_MAX } from '../plan/step.ts'
import { conditionProblems } from './condition.ts'
import { toldConditions } from './condition-schema.ts'
import { isMissing, wholeNumberField } from './config-field.ts'
import { configOf, inConfig, list, stepId, variableName, wholeNumber } from './config-schema.ts'
import { ITEMS_MAX, listOf } from './items.ts'
import type { ContainedKind } from './kind.ts'
import { mentions } from './mentions.ts'
import { StepError } from './step-work.ts'

/** How often a loop may go round where it does not say so (workflows/README.md, "Loops and parallels"), and at most. */
const ITERATIONS = { min: 1, max: ITEMS_MAX, otherwise: 100 }
const BATCH = { min: 1, max: ITERATIONS.max, otherwise: 1 }

/** `loop`: for each item, so many times, or while a condition holds. */
export const loop: ContainedKind<'loop'> = {
  kind: 'loop',
  types: ['loop'],
  actions: [],
  programs: [],
  formulas: ['whileCondition', 'breakCondition'],
  mentions: ['steps'],

  schema: () =>
    configOf({
      loopType: t.Optional(oneOf(['forEach', 'for', 'while'])),
      collection: t.Optional(list()),
      iterations: t.Optional(wholeNumber(ITERATIONS)),
      whileCondition: t.Optional(conditionSchema()),
      breakCondition: t.Optional(conditionSchema()),
      itemVariable: t.Optional(variableName()),
      indexVariable: t.Optional(variableName()),
      maxIterations: t.Optional(wholeNumber(ITERATIONS)),
      batchSize: t.Optional(wholeNumber(BATCH)),
      steps: t.Optional(t.Array(stepId(), { maxItems: STEPS_MAX })),
    }),

  problems({ config }) {
    const loopType = loopTypeOf(config)
    const needed = NEEDS.get(loopType)
    const message = `is required in a loop of the type ${loopType}`
    const { itemName, indexName } = namesOf(config)
    return [
      ...(needed && !hasCondition(config[needed]) ? [{ field: `config.${needed}`, message }] : []),
      ...problemsOfCondition(config, 'whileCondition'),
      ...problemsOfCondition(config, 'breakCondition'),
      ...(itemName === indexName
        ? [{ field: 'config.indexVariable', message: 'must not be the name of the item' }]
        : []),
    ]
  },

  way: 'contained',
  bodies: ({ steps }, field) => [mentions(steps, `${field}.steps`)],
  isSplit: () => false,
  mayWait: () => false,

  variables(config) {
    const { itemName, indexName } = namesOf(config)
    return [itemName, indexName]
  },
}

/** How often a loop goes round, and what it asks and tells each time. */
export type Rounds = {
  count: number
  items: readonly unknown[] | null
  itemName: string
  indexName: string
  batchSize: number
  /** As written, because it is worked out anew in each iteration; null: there is none. */
  whileCondition: unknown
  breakCondition: unknown
}

/**
 * @param written the config as the definition has it
 * @param config the same with its templates resolved
 * Rejects with StepError where the loop cannot know how often.
 */
export async function roundsOf(written: Json, config: Json): Promise<Rounds> {
  const max = wholeNumberField(config, 'maxIterations', ITERATIONS)
  const type = loopTypeOf(written)
  const items = type === 'forEach' ? await listOf(config.collection, 'collection') : null
  // A template may say that there is nothing to do, as an empty collection does.
  const times = () => wholeNumberField(config, 'iterations', { ...ITERATIONS, min: 0, otherwise: 0 })
  const count = items ? items.length : type === 'while' ? max : times()
  if (count > max) {
    throw new StepError(
      'VALIDATION_ERROR',
      `The loop has ${count} iterations, and its maxIterations is ${max}`,
    )
  }
  return {
    count,
    items,
    ...namesOf(config),
    batchSize: wholeNumberField(config, 'batchSize', BATCH),
    whileCondition: type === 'while' ? written.whileCondition : null,
    breakCondition: hasCondition(written.breakCondition) ? written.breakCondition : null,
  }
}

// --- internal ---

/** What a loop of each type cannot do without. */
const NEEDS = new Map([
  ['forEach', 'collection'],
  ['for', 'iterations'],
  ['while', 'whileCondition'],
])

/** Without `loopType`, what else the config holds says which of the three it is (workflows/README.md, "Loops and parallels"). */
function loopTypeOf({ loopType, collection, iterations, whileCondition }: Json): string {
  if (typeof loopType === 'string') return loopType
  if (!isMissing(collection)) return 'forEach'
  if (hasCondition(whileCondition)) return 'while'
  return isMissing(iterations) ? 'forEach' : 'for'
}

/** Whether a form's field was filled in: an empty text or list is no condition. */
function hasCondition(written: unknown): boolean {
  return !isMissing(written) && !(Array.isArray(written) && written.length === 0)
}

function namesOf({ itemVariable, indexVariable }: Json) {
  return {
    itemName: typeof itemVariable === 'string' ? itemVariable : 'item',
    indexName: typeof indexVariable === 'string' ? indexVariable : 'index',
  }
}

/** What is in it, `problems` looks at. */
function conditionSchema() {
  const isCondition = (value: unknown) => typeof value === 'string' || typeof value === 'object'
  return checked(
    isCondition,
    'an expression, or a list of comparisons { field, operator, value }',
    toldConditions,
  )
}

function problemsOfCondition(config: Json, name: 'whileCondition' | 'breakCondition'): Problem[] {
  if (!hasCondition(config[name])) return []
  return conditionProblems({ conditions: config[name] }).map(({ path, message }) =>
    inConfig({ path: path.replace('conditions', name), message }),
  )
}
