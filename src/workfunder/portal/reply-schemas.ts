import { Type as t } from '@sinclair/typebox'
import { count, orNull, reply } from '../../http/reply-schema.ts'
import { taskReply } from '../api/reply-schemas.ts'

// What the portal answers; wire.ts writes it.

const { type, title, description, instructions, category, status, priority, required_skills, proof_types } =
  taskReply.properties

export const workReply = reply('Work', {
  id: t.String(),
  type,
  title,
  description,
  instructions,
  category,
  status,
  priority,
  required_skills,
  proof_types,
  proof_attempts: count,
  worker_payout_cents: count,
  location_address: orNull(t.String()),
  location_city: t.String(),
  location_state: t.String(),
  location_latitude: t.Number(),
  location_longitude: t.Number(),
  deadline: taskReply.properties.deadline,
  created_at: taskReply.properties.created_at,
  updated_at: taskReply.properties.updated_at,
})

export const foundWorkReply = reply('FoundWork', { ...workReply.properties, distance_meters: count })

const position = { geo_valid: t.Boolean(), distance_from_task_meters: count }

export const checkedInReply = reply('CheckedInWork', { ...workReply.properties, ...position })

export const receiptReply = reply('ProofReceipt', {
  proof_id: t.String(),
  attempt_number: count,
  ...position,
})
