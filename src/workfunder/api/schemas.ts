import { Type as t } from '@sinclair/typebox'
import { textLike } from '../../http/checked.ts'
import { instantOrNull, instantText } from '../../http/instant-field.ts'
import { nameToCheck } from '../../http/name-field.ts'
import { oneOf } from '../../http/one-of.ts'
import { OVERLAP_MAX_MS } from '../../keys/rotation.ts'
import { ENVIRONMENTS } from '../../keys/token.ts'
import { SECOND_MS } from '../../lib/duration.ts'
import { TASK_STATUSES } from '../tasks/lifecycle.ts'
import { PROOF_TYPES, TASK_CATEGORIES, TASK_PRIORITIES } from '../tasks/task.ts'
import { WORKER_SKILLS } from '../workers/skills.ts'
import { LIMIT_DEFAULT } from './page.ts'

// The request bodies and queries of the WorkFunder API (workfunder/README.md, "Tasks and bounties").

/** Text that people read: line breaks and tabs are welcome, other control characters are not. */
function text(min: number, max: number) {
  return textLike(
    new RegExp(`^(?:[^\\p{Cc}\\p{Cs}]|[\\n\\r\\t]){${min},${max}}$`, 'u'),
    `a string of ${min} to ${max} characters, none of them a control character`,
  )
}

const latitude = t.Number({ minimum: -90, maximum: 90 })
const longitude = t.Number({ minimum: -180, maximum: 180 })

const location = t.Object({
  address: t.Optional(text(1, 200)),
  city: text(1, 100),
  state: textLike(/^[A-Z]{2}$/, 'a state code of two capital letters, such as NY'),
  latitude,
  longitude,
})

/** The vendor names no maximum; a million dollars keeps sums far from where numbers lose cents. */
const BUDGET_CENTS_MAX = 100_000_000

export const createTaskBody = t.Object({
  title: text(1, 200),
  description: text(1, 2000),
  instructions: t.Optional(text(0, 5000)),
  category: oneOf(TASK_CATEGORIES),
  required_skills: t.Optional(
    t.Array(oneOf(WORKER_SKILLS), { maxItems: WORKER_SKILLS.length, uniqueItems: true }),
  ),
  location,
  budget_cents: t.Integer({ minimum: 500, maximum: BUDGET_CENTS_MAX }),
  priority: t.Optional(oneOf(TASK_PRIORITIES)),
  deadline: t.Optional(instantOrNull),
  proof_types: t.Optional(
    t.Array(oneOf(PROOF_TYPES), { minItems: 1, maxItems: PROOF_TYPES.length, uniqueItems: true }),
  ),
  metadata: t.Optional(t.Record(t.String(), t.Unknown(), { expected: 'an object' })),
})

/** `limit` and `offset`, which every list takes. */
export const pageQuery = t.Object({
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: LIMIT_DEFAULT })),
  offset: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
})

/** How far around a place a search looks that does not say (workfunder/README.md, "Workers"). */
export const RADIUS_MILES_DEFAULT = 10

/** A place and how far around it, for a search; workfunder/README.md, "Workers". */
export const nearQuery = t.Object({
  ...pageQuery.properties,
  latitude,
  longitude,
  radius_miles: t.Optional(
    t.Number({ exclusiveMinimum: 0, maximum: 50, expected: 'a number above 0, at most 50' }),
  ),
})

/** Where a worker says to be. */
export const positionBody = t.Object({ latitude, longitude })

export const tasksQuery = t.Object({
  ...pageQuery.properties,
  status: t.Optional(oneOf(TASK_STATUSES)),
  category: t.Optional(oneOf(TASK_CATEGORIES)),
  created_after: t.Optional(instantText),
  created_before: t.Optional(instantText),
})

const environment = oneOf(ENVIRONMENTS)

export const keysQuery = t.Object({ ...pageQuery.properties, environment: t.Optional(environment) })

/** Closed: a misspelt expires_at would make a key for ever. */
export const createKeyBody = t.Object(
  {
    name: nameToCheck,
    environment,
    expires_at: t.Optional(instantOrNull),
  },
  { additionalProperties: false },
)

/** Closed: a misspelt overlap_seconds would end the old secret at once. */
export const rotateKeyBody = t.Object(
  { overlap_seconds: t.Optional(t.Integer({ minimum: 0, maximum: OVERLAP_MAX_MS / SECOND_MS })) },
  { additionalProperties: false },
)

export const rejectBody = t.Object({ reason: text(1, 2000) })

export const disputeBody = t.Object({ reason: text(1, 2000) })

export const simulateBody = t.Object({ to: oneOf(TASK_STATUSES) })
