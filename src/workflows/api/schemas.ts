import { Type as t } from '@sinclair/typebox'
import { instantOrNull } from '../../http/instant-field.ts'
import { nameToCheck } from '../../http/name-field.ts'
import { oneOf } from '../../http/one-of.ts'
import { OVERLAP_MAX_MS } from '../../keys/rotation.ts'
import { SCOPE_NAMES } from '../../keys/scopes.ts'
import { SECOND_MS } from '../../lib/duration.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'
import { CONNECTION_STATUSES } from '../connections/connection.ts'
import { WORKFLOW_STATUSES } from '../definitions/definition.ts'

// The queries and the other bodies of the Workflows API (workflows/README.md, "Workflows" and "Connections"); those of definitions stand with them.

const limit = t.Integer({ minimum: 1, maximum: 100, default: 50 })

/** `limit` and `cursor`, which every list takes. */
export const pageQuery = t.Object({ limit: t.Optional(limit), cursor: t.Optional(t.String()) })

export const workflowsQuery = t.Object({
  ...pageQuery.properties,
  status: t.Optional(oneOf(WORKFLOW_STATUSES)),
  search: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
})

export const connectionsQuery = t.Object({
  ...pageQuery.properties,
  provider: t.Optional(t.String()),
  status: t.Optional(oneOf(CONNECTION_STATUSES)),
})

/** Closed: a misspelt expiresAt would make a key for ever. */
export const createKeyBody = t.Object(
  {
    name: nameToCheck,
    scopes: t.Array(t.String({ expected: 'the name of a scope' }), {
      maxItems: 100,
      told: () => t.Array(oneOf(SCOPE_NAMES), { minItems: 1, uniqueItems: true }),
    }),
    expiresAt: t.Optional(instantOrNull),
  },
  { additionalProperties: false },
)

/** Closed: a misspelt overlapSeconds would end the old secret at once. */
export const rotateKeyBody = t.Object(
  { overlapSeconds: t.Optional(t.Integer({ minimum: 0, maximum: OVERLAP_MAX_MS / SECOND_MS })) },
  { additionalProperties: false },
)
