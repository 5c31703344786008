import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import { instantText } from '../http/instant-field.ts'
import { count, instant, part, reply } from '../http/reply-schema.ts'
import type { AppDev } from './dev.ts'

export function clockEndpoints({ clock }: AppDev): Endpoint<null>[] {
  return [
    endpoint({
      method: 'GET',
      path: '/clock',
      summary: 'Show the clock',
      replies: { 200: clockReply },
      handle: async () => ({ status: 200, body: await clock.show() }),
    }),
    endpoint({
      method: 'POST',
      path: '/clock/advance',
      summary: 'Advance the clock',
      body: advanceBody,
      replies: { 200: advanceReply },
      refuses: ['CONFLICT'],
      handle: async ({ body }) => ({ status: 200, body: await clock.advance(body) }),
    }),
    endpoint({
      method: 'POST',
      path: '/clock/freeze',
      summary: 'Freeze the clock',
      replies: { 200: clockReply },
      handle: async () => ({ status: 200, body: await clock.freeze() }),
    }),
    endpoint({
      method: 'POST',
      path: '/clock/resume',
      summary: 'Resume the clock',
      replies: { 200: clockReply },
      handle: async () => ({ status: 200, body: await clock.resume() }),
    }),
  ]
}

// --- internal ---

const clockReply = reply('Clock', { now: instant, frozen: t.Boolean(), advancing: t.Boolean() })

const advanceBody = t.Object(
  {
    by: t.Optional(
      t.Union([t.String(), t.Integer({ minimum: 0 })], {
        expected: 'a duration such as 31d, 12h or 90s, or a whole number of ms',
      }),
    ),
    to: t.Optional(instantText),
  },
  { additionalProperties: false },
)

const advanceReply = reply('Advance', {
  now: instant,
  fired: t.Array(part({ at: instant, kind: t.String(), id: t.String() })),
  remaining: count,
  stopped: t.Union([t.Literal('events'), t.Literal('time'), t.Literal('underWay'), t.Null()]),
  underWay: t.Array(part({ kind: t.String(), id: t.String() })),
})
