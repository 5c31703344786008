import type { Static } from '@sinclair/typebox'
import { AppError, refuseInvalid } from '../../errors.ts'
import { instantField } from '../../http/instant-field.ts'
import type { NewTask } from '../tasks/task.ts'
import type { NewApiKey } from './api-keys.ts'
import type { createKeyBody, createTaskBody } from './schemas.ts'

// What requests ask for, in the operations' own terms; how those answer stands in wire.ts and task-wire.ts.

/** @throws INVALID_INPUT for a deadline that is no date. */
export function newTaskFrom(body: Static<typeof createTaskBody>): NewTask {
  return {
    title: body.title,
    description: body.description,
    instructions: body.instructions,
    category: body.category,
    requiredSkills: body.required_skills,
    address: body.location.address,
    city: body.location.city,
    state: body.location.state,
    latitude: body.location.latitude,
    longitude: body.location.longitude,
    budgetCents: body.budget_cents,
    priority: body.priority,
    deadline: instantField('deadline', body.deadline),
    proofTypes: body.proof_types,
    metadata: body.metadata,
  }
}

/** @throws INVALID_INPUT for an expires_at that is no date. */
export function newKeyFrom(body: Static<typeof createKeyBody>): NewApiKey {
  const { name, environment } = body
  const expiresAt = body.expires_at === undefined ? undefined : instantField('expires_at', body.expires_at)
  return { name, environment, expiresAt }
}

/** @throws the error, its fields named as the client knows them. */
export function rethrowInWireNames(error: unknown): never {
  if (error instanceof AppError && error.code === 'INVALID_INPUT') {
    refuseInvalid(
      error.problems.map(({ field, message }) => ({ field: WIRE_NAMES[field] ?? field, message })),
    )
  }
  throw error
}

// --- internal ---

/** What this API calls the fields that a key is made of, where it is not what we call them. */
const WIRE_NAMES: Readonly<Record<string, string>> = { expiresAt: 'expires_at' }
