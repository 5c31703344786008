import { Type as t } from '@sinclair/typebox'
import { textLike } from '../../http/checked.ts'
import { oneOf } from '../../http/one-of.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'
import { STEP_KINDS } from './kinds.ts'

const HOUR_MS = 3_600_000

const STEP_TIMEOUT_MS_MAX = HOUR_MS
const RETRY_DELAY_MS_MAX = 24 * HOUR_MS
const ATTEMPTS_MAX = 10
const BACKOFF_MAX = 10

/**
 * A step with what it may hold besides its config (workflows/README.md, "Steps"). None of it is a template: it is read
 * before the step runs.
 */
export const stepSchema = t.Object({
  id: textLike(/^[A-Za-z0-9_-]{1,64}$/, 'a string of 1 to 64 letters, digits, hyphens and underscores'),
  type: oneOf(STEP_KINDS.flatMap(({ types }) => types)),
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
