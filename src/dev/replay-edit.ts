import { type Static, Type as t } from '@sinclair/typebox'
import { invalid } from '../errors.ts'
import { textLike } from '../http/checked.ts'
import { oneOf } from '../http/one-of.ts'
import { createValidator } from '../http/validator.ts'

/** What of a request is to be other than it was (dev/README.md, "Requests"). */
export const replayEdit = t.Object(
  {
    method: t.Optional(oneOf(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])),
    path: t.Optional(
      textLike(
        /^\/(?:api\/v1|v1|webhooks)\/[^\s#]{0,2000}$/,
        'a path of the APIs, such as /v1/tasks?limit=1',
      ),
    ),
    headers: t.Optional(
      t.Record(t.String(), t.Union([t.String(), t.Null()]), {
        expected: 'an object of texts, and null for what is to be left out',
      }),
    ),
    body: t.Optional(t.Unknown()),
  },
  { additionalProperties: false },
)

export type ReplayEdit = Static<typeof replayEdit>

/** The admin socket takes any JSON. @throws INVALID_INPUT */
export function readReplayEdit(input: unknown): ReplayEdit {
  const { edit } = validate({ edit: input })
  try {
    for (const [name, value] of Object.entries(edit.headers ?? {})) new Headers([[name, value ?? '']])
  } catch {
    throw invalid('edit.headers', 'must be headers as HTTP has them')
  }
  return edit
}

// --- internal ---

const validate = createValidator(t.Object({ edit: replayEdit }))
