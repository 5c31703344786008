import { Type as t } from '@sinclair/typebox'
import { DAY_MS } from '../../lib/duration.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'

/** How long a run may take: a day, in ms. */
const RUN_TIMEOUT_MS_MAX = DAY_MS

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
export const settingsSchema = t.Object(
  {
    timeoutMs: t.Optional(t.Integer({ minimum: 1, maximum: RUN_TIMEOUT_MS_MAX })),
    variables: t.Optional(t.Record(t.String(), t.Unknown(), { expected: 'an object' })),
  },
  { $id: 'WorkflowSettings' },
)
