import { Type as t } from '@sinclair/typebox'
import { textLike } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import { DAY_MS, HOUR_MS } from '../../lib/duration.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'
import { STEP_KINDS } from './kinds.ts'

const STEP_TIMEOUT_MS_MAX = HOUR_MS
const RETRY_DELAY_MS_MAX = DAY_MS
const ATTEMPTS_MAX = 10
const BACKOFF_MAX = 10

/**
 * What a step may hold besides its type and its config (workflows/README.md, "Steps"). None of it is a template: it is read
 * before the step runs.
 */
const common = {
  id: textLike(/^[A-Za-z0-9_-]{1,64}$/, 'a string of 1 to 64 letters, digits, hyphens and underscores'),
  name: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
  action: t.Optional(
    textLike(
      /^(?=.{1,255}$)[a-z0-9_-]+\.[A-Za-z0-9_.-]+$/,
      'a provider and its action, such as slack.sendMessage',
    ),
  ),
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
}

/** Its config is checked by its kind (step-problems.ts). */
export const stepSchema = t.Object(
  {
    ...common,
    type: oneOf(STEP_KINDS.flatMap(({ types }) => types)),
    config: t.Record(t.String(), t.Unknown(), { expected: 'an object' }),
  },
  { $id: 'Step', told: toldSteps },
)

// --- internal ---

/** With what each kind wants in its config, by the schemas that check it. A kind goes by its type, or by its action. */
function toldSteps() {
  const shared = t.Object(common, { $id: 'AnyStep' })
  const anyType = stepSchema.properties.type
  return t.Union(
    STEP_KINDS.flatMap(({ kind, types, actions, schema }) => {
      const config = { ...schema().properties.config, $id: `${capitalized(kind)}Config` }
      return [
        t.Object({ type: oneOf(types), config }),
        ...actions.map((action) => t.Object({ type: anyType, action: t.Literal(action), config })),
      ].map((own) => t.Intersect([shared, own]))
    }),
  )
}

/** api.request: ApiRequest */
function capitalized(kind: string): string {
  return kind.replaceAll(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
