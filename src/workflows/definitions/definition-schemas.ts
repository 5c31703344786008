import { type TSchema, Type as t } from '@sinclair/typebox'
import { nameField } from '../../http/name-field.ts'
import { oneOf } from '../../http/one-of.ts'
import { STEPS_MAX } from '../plan/step.ts'
import { stepSchema } from '../steps/step-schema.ts'
import { canvasSchema } from './canvas-schema.ts'
import { settingsSchema, VARIABLES_EXPECTED, variablesSchema } from './settings-schema.ts'
import { TRIGGER_TYPES, triggerSchema } from './trigger.ts'

// The request bodies that hold a definition, or a part of one (workflows/README.md, "Workflows" to "Steps").

/** What a workflow definition error's message says; the fields stand in its details. */
export const INVALID_WORKFLOW = 'Invalid workflow configuration'

const description = t.Union([t.String({ maxLength: 10_000 }), t.Null()], {
  expected: 'a string of at most 10000 characters, or null',
})

const optionalObject = t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
  expected: 'an object, or null',
})

/** Any object, whose inside is checked together with the rest of the definition (definition-rules.ts). */
function objectToldAs(schema: TSchema) {
  const { anyOf, expected } = optionalObject
  return t.Union(anyOf, { expected, told: () => t.Union([schema, t.Null()]) })
}

const canvasState = objectToldAs(canvasSchema)

const definition = {
  name: nameField,
  description: t.Optional(description),
  trigger: t.Object({ type: oneOf(TRIGGER_TYPES) }, { told: () => triggerSchema }),
  steps: t.Array(stepSchema, { maxItems: STEPS_MAX }),
  inputSchema: t.Optional(optionalObject),
  outputSchema: t.Optional(optionalObject),
  settings: t.Optional(objectToldAs(settingsSchema)),
  variables: t.Optional(t.Union([variablesSchema, t.Null()], { expected: `${VARIABLES_EXPECTED}, or null` })),
}

export const createWorkflowBody = t.Object(
  { ...definition, canvasState: t.Optional(canvasState) },
  { summary: INVALID_WORKFLOW },
)

export const updateWorkflowBody = t.Object(
  {
    ...t.Partial(t.Object(definition)).properties,
    changeSummary: t.Optional(t.String({ maxLength: 1000 })),
  },
  { summary: INVALID_WORKFLOW },
)

export const canvasBody = t.Object(
  {
    canvasState,
    steps: t.Optional(definition.steps),
    changeSummary: updateWorkflowBody.properties.changeSummary,
  },
  { summary: INVALID_WORKFLOW },
)
