import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import { instant, reply } from '../http/reply-schema.ts'
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

const clockReply = reply('Clock', { now: instant, frozen: t.Boolean() })
