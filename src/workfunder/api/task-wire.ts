import { isoTime } from '../../lib/instant.ts'
import type { Proof, Task } from '../tasks/task.ts'
import type { Dispute } from '../tasks/task-store.ts'
import type { TaskEvent } from '../webhooks/events.ts'

// How tasks and what belongs to them look to clients and in webhooks (workfunder/README.md, "Tasks and bounties" and "Webhooks").

export function taskToWire(task: Task) {
  return {
    ...createdFields(task),
    type: task.kind,
    instructions: task.instructions,
    required_skills: task.requiredSkills,
    location_address: task.address,
    deadline: isoTime(task.deadline),
    metadata: task.metadata,
    worker_id: task.workerId,
    proof_attempts: task.proofAttempts,
    updated_at: isoTime(task.updatedAt),
  }
}

/** The `data` of an event: task.created has nearly the whole task, the later ones only what changed. */
export function eventData(event: TaskEvent, task: Task): Record<string, unknown> {
  if (event === 'task.created') return createdFields(task)
  const { id, title, status, environment } = task
  const changed = { id, title, status, environment, updated_at: isoTime(task.updatedAt) }
  switch (event) {
    case 'task.funded':
      return { ...changed, budget_cents: task.budgetCents }
    case 'task.posted':
      return { ...changed, location_city: task.city, location_state: task.state }
    case 'task.completed':
      return { ...changed, worker_id: task.workerId, worker_payout_cents: task.workerPayoutCents }
    case 'task.cancelled':
    case 'task.refunded':
      return { ...changed, budget_cents: task.budgetCents }
    default:
      return { ...changed, worker_id: task.workerId, proof_attempts: task.proofAttempts }
  }
}

/** @param fileUrl where the file can be fetched for an hour; null where there is none. */
export function proofToWire(proof: Proof, fileUrl: string | null) {
  return {
    id: proof.id,
    task_id: proof.taskId,
    worker_id: proof.workerId,
    attempt_number: proof.attemptNumber,
    type: proof.type,
    file_url: fileUrl,
    content_type: proof.contentType,
    file_size_bytes: proof.fileSizeBytes,
    gps_latitude: proof.gpsLatitude,
    gps_longitude: proof.gpsLongitude,
    geo_valid: proof.geoValid,
    distance_from_task_meters: proof.distanceFromTaskMeters,
    device_info: proof.deviceInfo,
    status: proof.status,
    rejection_reason: proof.rejectionReason,
    reviewed_at: isoTime(proof.reviewedAt),
    created_at: isoTime(proof.createdAt),
  }
}

export function disputeToWire(dispute: Dispute) {
  return {
    id: dispute.id,
    task_id: dispute.taskId,
    opened_by: dispute.openedBy,
    reason: dispute.reason,
    evidence_deadline: isoTime(dispute.evidenceDeadline),
    created_at: isoTime(dispute.createdAt),
  }
}

// --- internal ---

function createdFields(task: Task) {
  return {
    id: task.id,
    title: task.title,
    description: task.description,
    category: task.category,
    status: task.status,
    budget_cents: task.budgetCents,
    platform_fee_cents: task.platformFeeCents,
    worker_payout_cents: task.workerPayoutCents,
    priority: task.priority,
    location_city: task.city,
    location_state: task.state,
    location_latitude: task.latitude,
    location_longitude: task.longitude,
    proof_types: task.proofTypes,
    environment: task.environment,
    created_at: isoTime(task.createdAt),
  }
}
