import { type TSchema, Type as t } from '@sinclair/typebox'
import { oneOf } from '../../http/one-of.ts'
import { anyObject, count, instant, orNull, part, reply } from '../../http/reply-schema.ts'
import { SCOPES } from '../../keys/scopes.ts'
import { CONNECTION_STATUSES } from '../connections/connection.ts'
import { WORKFLOW_STATUSES } from '../definitions/definition.ts'
import { variablesSchema } from '../definitions/settings-schema.ts'
import { triggerSchema } from '../definitions/trigger.ts'
import { stepSchema } from '../steps/step-schema.ts'

// What the Workflows API answers (wire.ts writes it); what it says of runs stands in run-reply-schemas.ts.

/** The answer to what was done (workflows/README.md, "Conventions"). */
export function success<S extends TSchema>(data: S) {
  return part({ success: t.Literal(true), data })
}

export function listOf<S extends TSchema>(item: S) {
  const meta = part({ cursor: orNull(t.String()), hasMore: t.Boolean() })
  return part({ success: t.Literal(true), data: t.Array(item), meta })
}

/** The answer to what was refused. */
export const workflowsError = reply('WorkflowsError', {
  success: t.Literal(false),
  error: part({
    code: t.String(),
    message: t.String(),
    details: t.Optional(t.Array(part({ field: t.String(), message: t.String() }))),
  }),
})

export const keyReply = reply('WorkflowsKey', {
  id: t.String(),
  name: t.String(),
  prefix: t.String(),
  scopes: t.Array(oneOf(SCOPES)),
  createdAt: instant,
  lastUsedAt: orNull(instant),
  expiresAt: orNull(instant),
  revokedAt: orNull(instant),
})

export const createdKeyReply = reply('CreatedWorkflowsKey', { ...keyReply.properties, key: t.String() })

export const revokedKeyReply = t.Pick(keyReply, ['id', 'revokedAt'], { $id: 'RevokedWorkflowsKey' })

const definition = {
  name: t.String(),
  description: orNull(t.String()),
  trigger: triggerSchema,
}

const shape = {
  steps: t.Array(stepSchema),
  inputSchema: orNull(anyObject),
  outputSchema: orNull(anyObject),
  settings: orNull(anyObject),
  variables: orNull(variablesSchema),
  canvasState: orNull(anyObject),
}

export const summaryReply = reply('WorkflowSummary', {
  id: t.String(),
  ...definition,
  status: oneOf(WORKFLOW_STATUSES),
  version: count,
  createdAt: instant,
  updatedAt: instant,
})

export const workflowReply = reply('Workflow', { ...summaryReply.properties, ...shape })

export const versionReply = reply('WorkflowVersion', {
  version: count,
  ...definition,
  ...shape,
  changeSummary: orNull(t.String()),
  createdAt: instant,
})

export const connectionReply = reply('Connection', {
  id: t.String(),
  name: t.String(),
  provider: t.String(),
  status: oneOf(CONNECTION_STATUSES),
  externalAccountId: orNull(t.String()),
  isDefault: t.Boolean(),
  lastSyncedAt: orNull(instant),
  createdAt: instant,
  updatedAt: instant,
})
