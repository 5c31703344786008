import { type Static, Type as t } from '@sinclair/typebox'
import { ACCOUNT_STATUSES } from '../accounts/store.ts'
import { TIERS } from '../accounts/tiers.ts'
import { oneOf } from '../http/one-of.ts'
import { SCOPES } from '../keys/scopes.ts'
import { ENVIRONMENTS } from '../keys/token.ts'
import { type NamedSchemas, toJsonSchema } from '../openapi/json-schema.ts'
import { mockBody } from '../workflows/api/mock-endpoints.ts'
import { createSecretBody } from '../workflows/api/secret-endpoints.ts'
import { createConnectionBody } from '../workflows/connections/connection-schema.ts'
import { WORKFLOW_STATUSES } from '../workflows/definitions/definition.ts'
import { canvasBody, createWorkflowBody } from '../workflows/definitions/definition-schemas.ts'
import { createTaskBody } from '../workfunder/api/schemas.ts'
import { configureBody } from '../workfunder/api/webhook-endpoints.ts'
import { TASK_STATUSES } from '../workfunder/tasks/lifecycle.ts'
import { TASK_KINDS } from '../workfunder/tasks/task.ts'

// What a seed holds. Workflows, connections, mocks, webhooks and tasks stand in it as their API takes them.

const CLOSED = { additionalProperties: false }

/** Far more than a server is started with for tests; a seed is planted in some seconds at most. */
const OF_A_KIND_MAX = 1000

const environment = oneOf(ENVIRONMENTS)
const id = t.String({ pattern: '^[A-Za-z0-9-]{1,64}$', expected: '1 to 64 letters, digits and hyphens' })
const many = <S extends Parameters<typeof t.Array>[0]>(item: S) =>
  t.Optional(t.Array(item, { maxItems: OF_A_KIND_MAX }))

const key = t.Object(
  {
    api: oneOf(['workflows', 'workfunder']),
    name: t.String(),
    environment: t.Optional(environment),
    scopes: t.Optional(t.Array(t.String(), { maxItems: SCOPES.length })),
    expiresAt: t.Optional(t.String()),
    disabled: t.Optional(t.Boolean()),
    revoked: t.Optional(t.Boolean()),
    secret: t.Optional(t.String()),
    prefix: t.Optional(t.String()),
    bcryptHash: t.Optional(t.String()),
  },
  CLOSED,
)

const workflow = t.Object(
  {
    ...createWorkflowBody.properties,
    canvasState: t.Optional(canvasBody.properties.canvasState),
    status: t.Optional(oneOf(WORKFLOW_STATUSES)),
    secrets: t.Optional(t.Array(createSecretBody, { maxItems: OF_A_KIND_MAX })),
  },
  CLOSED,
)

const mock = t.Object({ provider: t.String(), action: t.String(), ...mockBody.properties }, CLOSED)

const task = t.Object(
  {
    environment,
    kind: t.Optional(oneOf(TASK_KINDS)),
    status: t.Optional(oneOf(TASK_STATUSES)),
    worker: t.Optional(id),
    ...createTaskBody.properties,
  },
  CLOSED,
)

const account = t.Object(
  {
    id: t.Optional(id),
    name: t.String(),
    email: t.Optional(t.String()),
    tier: t.Optional(oneOf(Object.keys(TIERS))),
    status: t.Optional(oneOf(ACCOUNT_STATUSES)),
    requestsPerMinute: t.Optional(t.Integer()),
    tasksPerMonth: t.Optional(
      t.Union([t.Integer(), t.Literal('unlimited')], { expected: 'a whole number, or unlimited' }),
    ),
    billingAnchorDay: t.Optional(t.Integer()),
    balanceCents: t.Optional(t.Integer({ minimum: 0 })),
    keys: many(key),
    connections: many(t.Object(createConnectionBody.properties, CLOSED)),
    mocks: many(mock),
    workflows: many(workflow),
    tasks: many(task),
    webhooks: many(t.Object({ environment, ...configureBody.properties }, CLOSED)),
  },
  CLOSED,
)

const worker = t.Object(
  {
    id: t.Optional(id),
    firstName: t.String(),
    lastName: t.String(),
    city: t.String(),
    state: t.String(),
    latitude: t.Number(),
    longitude: t.Number(),
    skills: t.Optional(t.Array(t.String())),
    hourlyRateCents: t.Optional(t.Integer()),
    secret: t.Optional(t.String()),
  },
  CLOSED,
)

export const seedSchema = t.Object(
  { accounts: t.Array(account, { minItems: 1, maxItems: OF_A_KIND_MAX }), workers: many(worker) },
  CLOSED,
)

export type Seed = Static<typeof seedSchema>
export type SeedAccount = Seed['accounts'][number]

/** The schema of a seed, for editors and other tools. */
export function seedJsonSchema(): object {
  const named: NamedSchemas = new Map()
  const schema = toJsonSchema(seedSchema, named)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A seed of keyward serve --dev',
    ...schema,
    // Where those that refer to them look, as in the document of an API.
    components: { schemas: Object.fromEntries(named) },
  }
}
