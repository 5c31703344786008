import { type Static, Type as t } from '@sinclair/typebox'
import { oneOf } from '../http/one-of.ts'
import { NAME_EXPECTED, NAME_LENGTH_MAX, NAME_PATTERN } from '../name.ts'
import { stepSchema } from './step-schemas.ts'

// The request bodies and queries of the Workflows API (facts/workflows-api.md 4 to 6 and 10).

const name = t.RegExp(NAME_PATTERN, { expected: `a string of ${NAME_EXPECTED}` })

const description = t.Union([t.String({ maxLength: 10_000 }), t.Null()], {
  expected: 'a string of at most 10000 characters, or null',
})

const optionalObject = t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
  expected: 'an object, or null',
})

const limit = t.Integer({ minimum: 1, maximum: 100, default: 50 })

/** `limit` and `cursor`, which every list takes. */
export const pageQuery = t.Object({ limit: t.Optional(limit), cursor: t.Optional(t.String()) })

export const workflowsQuery = t.Object({
  ...pageQuery.properties,
  status: t.Optional(oneOf(['draft', 'active', 'paused', 'archived'])),
  search: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
})

export const connectionsQuery = t.Object({
  ...pageQuery.properties,
  provider: t.Optional(t.String()),
  status: t.Optional(oneOf(['active', 'pending', 'error', 'expired', 'disconnected'])),
})

/** Closed: a misspelt expiresAt would make a key for ever. */
export const createKeyBody = t.Object(
  {
    name: t.String(),
    scopes: t.Array(t.String({ expected: 'the name of a scope' }), { maxItems: 100 }),
    expiresAt: t.Optional(
      t.Union([t.String(), t.Null()], { expected: 'a date with time and zone, or null' }),
    ),
  },
  { additionalProperties: false },
)

/** What a workflow definition error's message says; the fields stand in its details. */
export const INVALID_WORKFLOW = 'Invalid workflow configuration'

/** The engine records at most 1,000 attempts of a run; so each step of the longest may be tried twice. */
const STEPS_MAX = 500

const definition = {
  name,
  description: t.Optional(description),
  trigger: t.Object({ type: oneOf(['api', 'webhook', 'schedule']) }),
  steps: t.Array(stepSchema, { maxItems: STEPS_MAX }),
  inputSchema: t.Optional(optionalObject),
  outputSchema: t.Optional(optionalObject),
  settings: t.Optional(optionalObject),
}

export const createWorkflowBody = t.Object(definition, { summary: INVALID_WORKFLOW })

export const updateWorkflowBody = t.Object(
  {
    ...t.Partial(t.Object(definition)).properties,
    changeSummary: t.Optional(t.String({ maxLength: 1000 })),
  },
  { summary: INVALID_WORKFLOW },
)

export const canvasBody = t.Object(
  {
    canvasState: optionalObject,
    steps: t.Optional(definition.steps),
    changeSummary: updateWorkflowBody.properties.changeSummary,
  },
  { summary: INVALID_WORKFLOW },
)

const interval = t.Object({
  value: t.Integer({ minimum: 1, maximum: 525_600 }),
  unit: oneOf(['minutes', 'hours', 'days', 'weeks']),
})

/** What stands in `trigger` besides its type (facts/workflows-api.md 5), inside an object for the field paths. */
export const triggerBodies = {
  api: t.Object({ trigger: t.Object({}) }, { summary: INVALID_WORKFLOW }),
  webhook: t.Object(
    {
      trigger: t.Object({
        provider: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
        events: t.Optional(
          t.Array(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }), { maxItems: 100 }),
        ),
        path: t.Optional(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
        verifySignature: t.Optional(t.Boolean()),
      }),
    },
    { summary: INVALID_WORKFLOW },
  ),
  schedule: t.Object(
    {
      trigger: t.Object({
        cron: t.Optional(t.String()),
        interval: t.Optional(interval),
        timezone: t.Optional(t.String()),
        enabled: t.Optional(t.Boolean()),
      }),
    },
    { summary: INVALID_WORKFLOW },
  ),
}

export type WebhookTrigger = Static<typeof triggerBodies.webhook>['trigger']
export type ScheduleTrigger = Static<typeof triggerBodies.schedule>['trigger']

export const createConnectionBody = t.Object({
  provider: t.RegExp(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
    expected: 'a string of 1 to 64 lower-case letters, digits, hyphens and underscores',
  }),
  name: t.Optional(name),
  credentials: t.Record(t.String(), t.Unknown(), { expected: 'an object' }),
  externalAccountId: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
  isDefault: t.Optional(t.Boolean()),
})
