import { type TSchema, Type as t } from '@sinclair/typebox'
import { checked, textLike } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import { lazily } from '../../lib/lazily.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'
import type { StepKind } from '../plan/step.ts'
import { WAIT_MS_MAX, WAIT_UNIT_MS } from '../plan/wait-units.ts'
import { ITEMS_MAX } from '../runs/execution/items.ts'
import { BRANCHES } from '../runs/execution/parallel-step.ts'
import { REQUEST_TIMEOUT_MS, RESPONSE_BYTES } from '../steps/api-request-config.ts'
import { NAMED_VALUES_MAX } from '../steps/named-values.ts'
import { SCRIPT_OUTPUT_BYTES_MAX, SCRIPT_TIMEOUT_MS_MAX } from '../steps/script-work.ts'
import { CONTEXT_NAMES } from '../templates/context.ts'

// Steps and their configs (workflows/README.md, "Steps"). Where a number, a boolean or a list is wanted, a template
// may stand, which gives it when the step runs. Fields that are not named here are kept and not looked at.

const SECOND_MS = 1000
const HOUR_MS = 3600 * SECOND_MS
export const DAY_MS = 24 * HOUR_MS

const STEP_TIMEOUT_MS_MAX = HOUR_MS
/** How long a run may take, and a part of it that holds others. */
const RUN_TIMEOUT_MS_MAX = DAY_MS
const RETRY_DELAY_MS_MAX = DAY_MS
const ATTEMPTS_MAX = 10
const BACKOFF_MAX = 10

const URL_LENGTH_MAX = 10_000

/** The engine records at most 1,000 attempts of a run; so each step of the longest may be tried twice. */
export const STEPS_MAX = 500

const APPROVERS_MAX = 100
const MAPPING_RULES_MAX = 1000

/** The step types of the vendor's pages and catalog (workflows/README.md, "Steps"). */
const STEP_TYPES = [
  'action',
  'condition',
  'transform',
  'wait',
  'approval',
  'loop',
  'parallel',
  'code',
  'api',
  'agent',
  'data_table',
  'subworkflow',
  'email',
  'slack',
  'pdf',
  'workspace_files',
] as const

const WAIT_UNITS = [...WAIT_UNIT_MS.keys()]

/** A value that a template gives. */
const template = textLike(/\{\{/, 'a template')

/** What a step may hold besides its config. None of it is a template: it is read before the step runs. */
export const stepSchema = t.Object({
  id: textLike(/^[A-Za-z0-9_-]{1,64}$/, 'a string of 1 to 64 letters, digits, hyphens and underscores'),
  type: oneOf(STEP_TYPES),
  name: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
  action: t.Optional(
    textLike(
      /^(?=.{1,255}$)[a-z0-9_-]+\.[A-Za-z0-9_.-]+$/,
      'a provider and its action, such as slack.sendMessage',
    ),
  ),
  config: t.Record(t.String(), t.Unknown(), { expected: 'an object' }),
  retryConfig: t.Optional(
    t.Object({
      maxAttempts: t.Optional(t.Integer({ minimum: 1, maximum: ATTEMPTS_MAX })),
      initialDelayMs: t.Optional(t.Integer({ minimum: 0, maximum: RETRY_DELAY_MS_MAX })),
      maxDelayMs: t.Optional(t.Integer({ minimum: 0, maximum: RETRY_DELAY_MS_MAX })),
      backoffMultiplier: t.Optional(t.Number({ minimum: 1, maximum: BACKOFF_MAX })),
    }),
  ),
  errorHandling: t.Optional(
    t.Object({ strategy: oneOf(['fail', 'continue', 'retry']), fallback: t.Optional(t.Unknown()) }),
  ),
  timeoutMs: t.Optional(t.Integer({ minimum: 1, maximum: STEP_TIMEOUT_MS_MAX })),
})

/**
 * What the config of each kind must keep to, made when the first definition comes; `step-problems.ts` adds what
 * a schema cannot say.
 */
export const stepSchemas = lazily(
  (): Record<StepKind, TSchema> => ({
    'api.request': configOf({
      url: t.String({ minLength: 1, maxLength: URL_LENGTH_MAX }),
      method: t.Optional(
        textLike(
          /^(?:GET|POST|PUT|PATCH|DELETE|HEAD)$|\{\{/i,
          'a method: GET, POST, PUT, PATCH, DELETE or HEAD, or a template',
        ),
      ),
      params: t.Optional(table()),
      headers: t.Optional(table()),
      responseFormat: t.Optional(
        orTemplate(
          oneOf(['auto', 'json', 'csv', 'text']),
          'one of auto, json, csv, text (pdf and binary are not served by Keyward)',
        ),
      ),
      csvDelimiter: t.Optional(t.String({ minLength: 1, maxLength: 10 })),
      timeout: t.Optional(integer(1, REQUEST_TIMEOUT_MS.max)),
      retries: t.Optional(integer(0, ATTEMPTS_MAX)),
      retryDelayMs: t.Optional(integer(0, RETRY_DELAY_MS_MAX)),
      retryMaxDelayMs: t.Optional(integer(0, RETRY_DELAY_MS_MAX)),
      retryNonIdempotent: t.Optional(boolean()),
      maxResponseBytes: t.Optional(integer(1, RESPONSE_BYTES.max)),
      failOnError: t.Optional(boolean()),
    }),
    condition: configOf({ then: t.Optional(ids()), else: t.Optional(ids()) }),
    transform: configOf({
      code: t.Optional(t.String({ minLength: 1 })),
      script: t.Optional(t.String({ minLength: 1 })),
      mapping: t.Optional(orTemplate(t.Record(t.String(), t.Unknown()), 'an object')),
      mappingRules: t.Optional(
        t.Array(
          t.Object({
            source: t.String(),
            target: t.String({ minLength: 1 }),
            transform: t.Optional(t.String()),
            customTransform: t.Optional(t.String()),
          }),
          { maxItems: MAPPING_RULES_MAX },
        ),
      ),
    }),
    code: configOf({
      code: t.String({ minLength: 1 }),
      language: t.Optional(oneOf(['javascript', 'typescript'])),
      timeout: t.Optional(integer(1, SCRIPT_TIMEOUT_MS_MAX)),
      sandbox: t.Optional(
        t.Object({
          timeoutMs: t.Optional(integer(1, SCRIPT_TIMEOUT_MS_MAX)),
          maxOutputSize: t.Optional(integer(1, SCRIPT_OUTPUT_BYTES_MAX)),
        }),
      ),
    }),
    wait: configOf({
      duration: orTemplate(
        checked(isNumberFrom(0, Number.POSITIVE_INFINITY), 'a number'),
        'a number that is not negative',
      ),
      unit: t.Optional(orTemplate(oneOf(WAIT_UNITS), `one of ${WAIT_UNITS.join(', ')}`)),
    }),
    loop: configOf({
      loopType: t.Optional(oneOf(['forEach', 'for', 'while'])),
      collection: t.Optional(list()),
      iterations: t.Optional(integer(1, ITEMS_MAX)),
      whileCondition: t.Optional(loopCondition()),
      breakCondition: t.Optional(loopCondition()),
      itemVariable: t.Optional(variable()),
      indexVariable: t.Optional(variable()),
      maxIterations: t.Optional(integer(1, ITEMS_MAX)),
      batchSize: t.Optional(integer(1, ITEMS_MAX)),
      steps: t.Optional(t.Array(id(), { maxItems: STEPS_MAX })),
    }),
    parallel: configOf({
      strategy: t.Optional(oneOf(['wait-all', 'fail-fast'])),
      waitForAll: t.Optional(
        checked(
          (value) => isEmptyField(value) || value === true || value === 'true',
          'true: Keyward waits for all branches (strategy "fail-fast" ends at the first failure)',
        ),
      ),
      concurrency: t.Optional(integer(1, BRANCHES.max)),
      timeoutMs: t.Optional(integer(1, RUN_TIMEOUT_MS_MAX)),
      forEachSource: t.Optional(list()),
      forEachAs: t.Optional(variable()),
      branches: t.Optional(
        t.Array(
          t.Union([id(), t.Array(id()), t.Object({ name: t.Optional(t.String()), steps: t.Array(id()) })], {
            expected: 'the id of a step, a list of them, or an object with such a list as its steps',
          }),
          { maxItems: STEPS_MAX },
        ),
      ),
    }),
    approval: configOf({
      approvers: t.Optional(
        t.Union(
          [
            t.String({ minLength: 1 }),
            t.Array(t.String({ minLength: 1 }), { minItems: 1, maxItems: APPROVERS_MAX }),
          ],
          {
            expected: `a string, or a list of 1 to ${APPROVERS_MAX} strings`,
          },
        ),
      ),
      reason: t.Optional(t.String()),
      title: t.Optional(t.String()),
      description: t.Optional(t.String()),
      timeoutMs: t.Optional(integer(1, WAIT_MS_MAX)),
      timeoutHours: t.Optional(number(0, WAIT_MS_MAX / HOUR_MS)),
      timeoutAction: t.Optional(oneOf(['fail', 'reject', 'approve'])),
      requireAll: t.Optional(boolean()),
    }),
    action: configOf({}),
  }),
)

export const VARIABLES_EXPECTED =
  'an object of names and values, or a list of { name, type?, default?, required? }'

/** Variables by name, or the list of the vendor's templates (workflows/README.md, "Steps"). */
export const variablesSchema = t.Union(
  [
    t.Record(t.String(), t.Unknown()),
    t.Array(
      t.Object({
        name: t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
        type: t.Optional(t.String()),
        required: t.Optional(t.Boolean()),
        default: t.Optional(t.Unknown()),
      }),
    ),
  ],
  { expected: VARIABLES_EXPECTED },
)

/** A workflow's settings. */
export const settingsSchema = t.Object({
  timeoutMs: t.Optional(t.Integer({ minimum: 1, maximum: RUN_TIMEOUT_MS_MAX })),
  variables: t.Optional(t.Record(t.String(), t.Unknown(), { expected: 'an object' })),
})

// --- internal ---

function configOf(fields: Record<string, TSchema>) {
  return t.Object({ config: t.Object(fields) })
}

function orTemplate(schema: TSchema, expected: string) {
  return t.Union([schema, template], { expected: `${expected}, or a template` })
}

/** What the catalog's forms leave where nothing was typed: the default, as when the field is missing. */
function orNothing(schema: TSchema, expected: string) {
  return orTemplate(t.Union([schema, checked(isEmptyField, 'nothing')]), expected)
}

function isEmptyField(value: unknown): boolean {
  return value === null || value === ''
}

/** The catalog's forms have text inputs for numbers, so 30000 may stand there as "30000". */
function isNumberFrom(minimum: number, maximum: number) {
  return (value: unknown): boolean => {
    const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
    return typeof number === 'number' && number >= minimum && number <= maximum
  }
}

const DECIMAL = /^\s*\d{1,15}(?:\.\d{1,15})?\s*$/

function integer(minimum: number, maximum: number) {
  const expected = `a whole number from ${minimum} to ${maximum}`
  const holds = isNumberFrom(minimum, maximum)
  return orNothing(
    checked((value) => holds(value) && Number.isInteger(Number(value)), expected),
    expected,
  )
}

function number(minimum: number, maximum: number) {
  const expected = `a number from ${minimum} to ${maximum}`
  return orNothing(checked(isNumberFrom(minimum, maximum), expected), expected)
}

function boolean() {
  const isBoolean = (value: unknown) => [true, false, 'true', 'false'].some((one) => one === value)
  return orNothing(checked(isBoolean, 'true or false'), 'true or false')
}

function list() {
  return orTemplate(t.Array(t.Unknown()), 'a list')
}

/** What is in it, `step-problems.ts` looks at. */
function loopCondition() {
  const isCondition = (value: unknown) => typeof value === 'string' || typeof value === 'object'
  return checked(isCondition, 'an expression, or a list of comparisons { field, operator, value }')
}

function id() {
  return t.String({ expected: 'the id of a step' })
}

function ids() {
  const list = t.Array(id(), { maxItems: STEPS_MAX })
  return t.Union([id(), list], { expected: 'the id of a step, or a list of them' })
}

/** A name for templates that hides none of what they see anyway, and is no word of their language. */
function variable() {
  const taken = [...CONTEXT_NAMES, 'true', 'false', 'null', 'undefined', 'this']
  return textLike(
    new RegExp(`^(?!(?:${taken.join('|')})$)[A-Za-z_][A-Za-z0-9_]{0,63}$`),
    `a name of 1 to 64 letters, digits and underscores, and none of ${taken.join(', ')}`,
  )
}

/** Studio saves tables as rows of Key and Value; the older form is an object. */
function table() {
  const cell = t.Union([t.String(), t.Number(), t.Boolean(), t.Null()])
  const rows = t.Union([
    t.Object({ Key: t.String(), Value: cell }),
    t.Object({ key: t.String(), value: cell }),
  ])
  return orTemplate(
    t.Union([t.Record(t.String(), cell), t.Array(rows, { maxItems: NAMED_VALUES_MAX })]),
    'an object of texts, numbers and booleans, or a list of rows { Key, Value }',
  )
}
