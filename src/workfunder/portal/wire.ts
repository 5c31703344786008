import type { Dialect } from '../../http/api.ts'
import { isoTime } from '../../lib/instant.ts'
import { workfunderDialect } from '../api/wire.ts'
import { GEO_RADIUS_METERS, type Proof, type Task } from '../tasks/task.ts'

/** The portal speaks as WorkFunder does, to workers instead of developers. */
export const portalDialect: Dialect = {
  ...workfunderDialect,
  prefix: '/portal',
  categoryOf: () => 'portal',
}

/** What a worker sees of a task: the instructions once it is theirs, never the developer's budget or metadata. */
export function workToWire(task: Task, workerId: string) {
  return {
    id: task.id,
    type: task.kind,
    title: task.title,
    description: task.description,
    instructions: task.workerId === workerId ? task.instructions : null,
    category: task.category,
    status: task.status,
    priority: task.priority,
    required_skills: task.requiredSkills,
    proof_types: task.proofTypes,
    proof_attempts: task.proofAttempts,
    worker_payout_cents: task.workerPayoutCents,
    location_address: task.address,
    location_city: task.city,
    location_state: task.state,
    location_latitude: task.latitude,
    location_longitude: task.longitude,
    deadline: isoTime(task.deadline),
    created_at: isoTime(task.createdAt),
    updated_at: isoTime(task.updatedAt),
  }
}

/** How far off a worker is, and whether a proof made there would count (workfunder/README.md, "Proofs"). */
export function positionToWire(distanceMeters: number) {
  return { geo_valid: distanceMeters <= GEO_RADIUS_METERS, distance_from_task_meters: distanceMeters }
}

/** workfunder/README.md, "Proofs" */
export function receiptToWire(proof: Proof) {
  return {
    proof_id: proof.id,
    attempt_number: proof.attemptNumber,
    geo_valid: proof.geoValid,
    distance_from_task_meters: proof.distanceFromTaskMeters,
  }
}
