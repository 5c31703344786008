import { type Static, type TProperties, Type as t } from '@sinclair/typebox'
import { oneOf } from '../../http/one-of.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'

/** What starts the runs of a workflow (workflows/README.md, "Triggers"). */
export type Trigger = Static<(typeof triggerSchemas)[keyof typeof triggerSchemas]>

export type ScheduleTrigger = Static<typeof triggerSchemas.schedule>

const interval = t.Object({
  value: t.Integer({ minimum: 1, maximum: 525_600 }),
  unit: oneOf(['minutes', 'hours', 'days', 'weeks']),
})

const provider = t.Optional(t.String({ minLength: 1, maxLength: 64 }))

const names = t.Optional(t.Array(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }), { maxItems: 100 }))

const filter = t.Optional(t.Record(t.String(), t.Unknown(), { expected: 'an object' }))

/** By type. Of these, webhooks and the clock start two; a workflow with any of them may be run over the API. */
export const triggerSchemas = {
  api: triggerOf('api', {}),
  webhook: triggerOf('webhook', {
    provider,
    events: names,
    path: t.Optional(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
    verifySignature: t.Optional(t.Boolean()),
  }),
  schedule: triggerOf('schedule', {
    cron: t.Optional(t.String()),
    interval: t.Optional(interval),
    timezone: t.Optional(t.String()),
    enabled: t.Optional(t.Boolean()),
  }),
  event: triggerOf('event', { provider, events: names, filter }),
  email: triggerOf('email', {
    fromAllowlist: names,
    subjectContains: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
    requireAttachment: t.Optional(t.Boolean()),
  }),
  justpaid: triggerOf('justpaid', { events: names, filter }),
  manual: triggerOf('manual', {}),
}

/** Any of them, for the API's document. */
export const triggerSchema = t.Union(Object.values(triggerSchemas), { $id: 'Trigger' })

export const TRIGGER_TYPES = Object.values(triggerSchemas).map(({ properties }) => properties.type.const)

// --- internal ---

function triggerOf<T extends string, P extends TProperties>(type: T, fields: P) {
  return t.Object({ type: t.Literal(type), authToken: t.Optional(t.Unknown()), ...fields })
}
