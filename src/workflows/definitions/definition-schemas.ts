import { type Static, Type as t } from '@sinclair/typebox'
import { textLike } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import { NAME_EXPECTED, NAME_LENGTH_MAX, NAME_PATTERN } from '../../lib/name.ts'
import { STEPS_MAX } from '../plan/step.ts'
import { stepSchema } from '../steps/step-schema.ts'
import { VARIABLES_EXPECTED, variablesSchema } from './settings-schema.ts'

// The request bodies that hold a definition, or a part of one (workflows/README.md, "Workflows" to 6).

/** What a workflow definition error's message says; the fields stand in its details. */
export const INVALID_WORKFLOW = 'Invalid workflow configuration'

/** Of these, webhooks and the clock start two; a workflow with any of them may be run over the API. */
const TRIGGER_TYPES = ['api', 'webhook', 'schedule', 'event', 'email', 'justpaid', 'manual'] as const

export const name = textLike(NAME_PATTERN, `a string of ${NAME_EXPECTED}`)

const description = t.Union([t.String({ maxLength: 10_000 }), t.Null()], {
  expected: 'a string of at most 10000 characters, or null',
})

const optionalObject = t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
  expected: 'an object, or null',
})

const definition = {
  name,
  description: t.Optional(description),
  trigger: t.Object({ type: oneOf(TRIGGER_TYPES) }),
  steps: t.Array(stepSchema, { maxItems: STEPS_MAX }),
  inputSchema: t.Optional(optionalObject),
  outputSchema: t.Optional(optionalObject),
  settings: t.Optional(optionalObject),
  variables: t.Optional(t.Union([variablesSchema, t.Null()], { expected: `${VARIABLES_EXPECTED}, or null` })),
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

const names = t.Optional(t.Array(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }), { maxItems: 100 }))

const anyObject = t.Optional(t.Record(t.String(), t.Unknown(), { expected: 'an object' }))

/** What stands in `trigger` besides its type (workflows/README.md, "Triggers"), inside an object for the field paths. */
export const triggerBodies = {
  api: t.Object({ trigger: t.Object({}) }, { summary: INVALID_WORKFLOW }),
  webhook: t.Object(
    {
      trigger: t.Object({
        provider: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
        events: names,
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
  event: t.Object(
    {
      trigger: t.Object({
        provider: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
        events: names,
        filter: anyObject,
      }),
    },
    { summary: INVALID_WORKFLOW },
  ),
  email: t.Object(
    {
      trigger: t.Object({
        fromAllowlist: names,
        subjectContains: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
        requireAttachment: t.Optional(t.Boolean()),
      }),
    },
    { summary: INVALID_WORKFLOW },
  ),
  justpaid: t.Object(
    { trigger: t.Object({ events: names, filter: anyObject }) },
    { summary: INVALID_WORKFLOW },
  ),
  manual: t.Object({ trigger: t.Object({}) }, { summary: INVALID_WORKFLOW }),
}

export type WebhookTrigger = Static<typeof triggerBodies.webhook>['trigger']

export type ScheduleTrigger = Static<typeof triggerBodies.schedule>['trigger']
