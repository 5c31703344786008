import { Type as t } from '@sinclair/typebox'
import { checked } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { isObject, type Json } from '../../lib/json-object.ts'
import { STEPS_MAX } from '../plan/step.ts'
import { isMissing, wholeNumberField } from './config-field.ts'
import { configOf, list, stepId, variableName, wholeNumber } from './config-schema.ts'
import { ITEMS_MAX, listOf } from './items.ts'
import type { ContainedKind } from './kind.ts'
import { type Mention, mentions } from './mentions.ts'
import { StepError } from './step-work.ts'

/** Branches that are under way at once. */
const CONCURRENCY = { min: 1, max: 50, otherwise: 10 }

/** How long a parallel may take: a day, in ms. */
const TIMEOUT_MS = { min: 1, max: DAY_MS, otherwise: 0 }

/** `parallel`: its branches, or its one body for each item of `forEachSource`, side by side. */
export const parallel: ContainedKind<'parallel'> = {
  kind: 'parallel',
  types: ['parallel'],
  actions: [],
  programs: [],
  formulas: [],
  mentions: ['branches'],

  schema: () =>
    configOf({
      strategy: t.Optional(oneOf(['wait-all', 'fail-fast'])),
      waitForAll: t.Optional(
        checked(
          (value) => isMissing(value) || value === true || value === 'true',
          'true: Keyward waits for all branches (strategy "fail-fast" ends at the first failure)',
          () => t.Union([t.Literal(true), t.Literal('true'), t.Null(), t.Literal('')]),
        ),
      ),
      concurrency: t.Optional(wholeNumber(CONCURRENCY)),
      timeoutMs: t.Optional(wholeNumber(TIMEOUT_MS)),
      forEachSource: t.Optional(list()),
      forEachAs: t.Optional(variableName()),
      branches: t.Optional(
        t.Array(
          t.Union(
            [
              stepId(),
              t.Array(stepId()),
              t.Object({ name: t.Optional(t.String()), steps: t.Array(stepId()) }),
            ],
            { expected: 'the id of a step, a list of them, or an object with such a list as its steps' },
          ),
          { maxItems: STEPS_MAX },
        ),
      ),
    }),

  problems: () => [],

  way: 'contained',
  bodies: listedBranches,
  isSplit: (config) => !isForEach(config),
  mayWait: ({ timeoutMs }) => timeoutMs !== undefined,
  variables: (config) => (isForEach(config) ? [itemName(config), 'index'] : []),
}

/** Whether a parallel has one body, for each item of a list. */
export function isForEach({ forEachSource }: Json): boolean {
  return forEachSource !== undefined && forEachSource !== null
}

/** How the branches of a parallel go. @throws StepError for a resolved config that says nothing. */
export function branchSettings(config: Json) {
  return {
    failsFast: config.strategy === 'fail-fast',
    concurrency: wholeNumberField(config, 'concurrency', CONCURRENCY),
    /** 0: as long as it takes. */
    timeoutMs: wholeNumberField(config, 'timeoutMs', TIMEOUT_MS),
  }
}

/**
 * What the templates of each branch see of a parallel that has one for each item, from its resolved config.
 * Rejects with StepError where that is no list, or too long.
 */
export async function itemVariables(config: Json): Promise<Json[]> {
  const name = itemName(config)
  const items = await listOf(config.forEachSource, 'forEachSource')
  if (items.length > ITEMS_MAX) {
    throw new StepError(
      'VALIDATION_ERROR',
      `forEachSource has ${items.length} items, and at most ${ITEMS_MAX} are run`,
    )
  }
  return items.map((item, index) => ({ [name]: item, index }))
}

// --- internal ---

function itemName({ forEachAs }: Json): string {
  return typeof forEachAs === 'string' ? forEachAs : 'item'
}

/** Lists of ids, `{ steps: ids }`, or ids that are each a branch. For each item: one. */
function listedBranches(config: Json, path: string): Mention[][] {
  const { branches } = config
  if (!Array.isArray(branches)) return []
  const bodies = branches.map((branch, i) => {
    const field = `${path}.branches[${i}]`
    return isObject(branch) ? mentions(branch.steps, `${field}.steps`) : mentions(branch, field)
  })
  return isForEach(config) ? [bodies.flat()] : bodies
}
