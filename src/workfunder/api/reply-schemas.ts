import { type TSchema, Type as t } from '@sinclair/typebox'
import { ACCOUNT_STATUSES, TIER_NAMES } from '../../accounts/store.ts'
import { oneOf } from '../../http/one-of.ts'
import { anyObject, count, instant, orNull, part, reply } from '../../http/reply-schema.ts'
import { ENVIRONMENTS } from '../../keys/token.ts'
import { TASK_STATUSES } from '../tasks/lifecycle.ts'
import { PROOF_STATUSES, PROOF_TYPES, TASK_CATEGORIES, TASK_KINDS, TASK_PRIORITIES } from '../tasks/task.ts'
import { DISPUTE_PARTIES } from '../tasks/task-store.ts'
import { DELIVERY_STATUSES } from '../webhooks/delivery-store.ts'
import { TASK_EVENTS } from '../webhooks/events.ts'
import { WORKER_SKILLS } from '../workers/skills.ts'

// What the WorkFunder API answers (wire.ts and task-wire.ts write it).

export function listOf<S extends TSchema>(item: S) {
  return part({ data: t.Array(item), meta: part({ total: count, limit: count, offset: count }) })
}

/** The answer to what was refused, to developers and workers alike. */
export const workfunderError = reply('WorkfunderError', {
  error: part({
    code: t.String(),
    message: t.String(),
    details: t.Optional(t.Array(part({ field: t.String(), message: t.String() }))),
  }),
})

const environment = oneOf(ENVIRONMENTS)

export const keyReply = reply('WorkfunderKey', {
  id: t.String(),
  name: t.String(),
  environment,
  key_prefix: t.String(),
  created_at: instant,
  last_used_at: orNull(instant),
  expires_at: orNull(instant),
  revoked_at: orNull(instant),
})

export const createdKeyReply = reply('CreatedWorkfunderKey', { ...keyReply.properties, key: t.String() })

export const accountReply = reply('Account', {
  id: t.String(),
  email: orNull(t.String()),
  name: t.String(),
  company: orNull(t.String()),
  tier: oneOf(TIER_NAMES),
  status: oneOf(ACCOUNT_STATUSES),
  webhook_url: orNull(t.String()),
  webhook_events: t.Array(oneOf(TASK_EVENTS)),
  tasks_this_month: count,
  balance_cents: t.Integer(),
  created_at: instant,
  updated_at: instant,
})

const date = t.String({ format: 'date' })

export const usageReply = reply('AccountUsage', {
  environment,
  period_start: instant,
  period_end: instant,
  requests: part({
    total: count,
    limit_per_minute: count,
    by_day: t.Array(part({ date, requests: count })),
    by_key: t.Array(part({ key_id: t.String(), name: t.String(), requests: count })),
  }),
  tasks: part({
    total: count,
    limit_per_month: orNull(count),
    by_day: t.Array(part({ date, tasks: count })),
  }),
})

export const taskReply = reply('Task', {
  id: t.String(),
  type: oneOf(TASK_KINDS),
  title: t.String(),
  description: t.String(),
  instructions: orNull(t.String()),
  category: oneOf(TASK_CATEGORIES),
  status: oneOf(TASK_STATUSES),
  budget_cents: count,
  platform_fee_cents: count,
  worker_payout_cents: count,
  priority: oneOf(TASK_PRIORITIES),
  required_skills: t.Array(oneOf(WORKER_SKILLS)),
  location_address: orNull(t.String()),
  location_city: t.String(),
  location_state: t.String(),
  location_latitude: t.Number(),
  location_longitude: t.Number(),
  proof_types: t.Array(oneOf(PROOF_TYPES)),
  deadline: orNull(instant),
  metadata: anyObject,
  worker_id: orNull(t.String()),
  proof_attempts: count,
  environment,
  created_at: instant,
  updated_at: instant,
})

export const proofReply = reply('Proof', {
  id: t.String(),
  task_id: t.String(),
  worker_id: t.String(),
  attempt_number: count,
  type: oneOf(PROOF_TYPES),
  file_url: orNull(t.String({ format: 'uri' })),
  content_type: t.String(),
  file_size_bytes: count,
  gps_latitude: t.Number(),
  gps_longitude: t.Number(),
  geo_valid: t.Boolean(),
  distance_from_task_meters: count,
  device_info: anyObject,
  status: oneOf(PROOF_STATUSES),
  rejection_reason: orNull(t.String()),
  reviewed_at: orNull(instant),
  created_at: instant,
})

export const disputeReply = reply('Dispute', {
  id: t.String(),
  task_id: t.String(),
  opened_by: oneOf(DISPUTE_PARTIES),
  reason: t.String(),
  evidence_deadline: instant,
  created_at: instant,
})

export const workerReply = reply('Worker', {
  id: t.String(),
  first_name: t.String(),
  last_name: t.String(),
  city: t.String(),
  state: t.String(),
  skills: t.Array(oneOf(WORKER_SKILLS)),
  hourly_rate_cents: count,
  reputation_score: t.Integer(),
})

export const foundWorkerReply = reply('FoundWorker', { ...workerReply.properties, distance_meters: count })

const webhook = { webhook_url: t.String(), webhook_events: t.Array(oneOf(TASK_EVENTS)) }
const secret = { webhook_secret: t.String() }

/** The secret is shown once: when it is made. */
export const webhookReply = reply('WebhookTarget', {
  ...webhook,
  webhook_secret: t.Optional(secret.webhook_secret),
})

export const webhookSecretReply = reply('WebhookSecret', secret)

export const deliveryReply = reply('WebhookDelivery', {
  id: t.String(),
  task_id: t.String(),
  environment,
  event: oneOf(TASK_EVENTS),
  timestamp: instant,
  data: anyObject,
  status: oneOf(DELIVERY_STATUSES),
  next_attempt_at: orNull(instant),
  delivered_at: orNull(instant),
  attempts: t.Array(
    part({
      attempt_number: count,
      attempted_at: instant,
      duration_ms: count,
      response_status: orNull(t.Integer()),
      error: orNull(t.String()),
    }),
  ),
})
