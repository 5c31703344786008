import { isoTime } from '../lib/instant.ts'
import type { Oversight } from '../workfunder/tasks/oversight.ts'
import type { Proof } from '../workfunder/tasks/task.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { deliveryView } from './deliveries.ts'

type ListedTask = Awaited<ReturnType<Oversight['tasks']>>[number]

type Dispute = ReturnType<Oversight['dispute']>

/** A task as lists show it. */
export function taskView({ statusSince, deadline, createdAt, ...task }: ListedTask) {
  return {
    ...task,
    statusSince: isoTime(statusSince),
    deadline: isoTime(deadline),
    createdAt: isoTime(createdAt),
  }
}

export function disputeView({ evidenceDeadline, resolvedAt, createdAt, ...dispute }: Dispute) {
  return {
    ...dispute,
    evidenceDeadline: isoTime(evidenceDeadline),
    /** null: nobody has decided it. */
    resolvedAt: isoTime(resolvedAt),
    createdAt: isoTime(createdAt),
  }
}

type Parts = {
  workfunder: Pick<Workfunder, 'oversight'>
  webhooks: Pick<Webhooks, 'oversight'>
  /** Where a proof's file can be fetched for an hour; null: it has none, or nobody serves it. */
  fileUrl: (proof: Proof) => string | null
}

/** A task makes a dozen events. */
const DELIVERIES_SHOWN = 100

/**
 * A task with its history and its webhooks' deliveries; never where its worker lives, nor what the developer keeps in its
 * metadata. Rejects with NOT_FOUND.
 */
export async function taskDetails(taskId: string, { workfunder, webhooks, fileUrl }: Parts) {
  const details = workfunder.oversight.task(taskId)
  const deliveries = await webhooks.oversight.list({ taskId, limit: DELIVERIES_SHOWN })
  return { ...taskDetailsView(details, fileUrl), deliveries: deliveries.map(deliveryView) }
}

// --- internal ---

function taskDetailsView(
  { task, moves, proofs, dispute, escrowCents, ledger }: ReturnType<Oversight['task']>,
  fileUrl: Parts['fileUrl'],
) {
  const { id, accountId, environment, kind, status, statusSince, title, budgetCents, workerId } = task
  const { deadline, createdAt, description, category, city, state, proofAttempts } = task
  return {
    ...taskView({
      id,
      accountId,
      environment,
      kind,
      status,
      statusSince,
      title,
      budgetCents,
      workerId,
      deadline,
      createdAt,
    }),
    description,
    category,
    city,
    state,
    platformFeeCents: task.platformFeeCents,
    workerPayoutCents: task.workerPayoutCents,
    escrowCents,
    proofAttempts,
    ledger: ledger.map(({ at, ...move }) => ({ at: isoTime(at), ...move })),
    moves: moves.map(({ from, to, actor, at }) => ({ from, to, actor, at: isoTime(at) })),
    proofs: proofs.map((proof) => ({
      id: proof.id,
      workerId: proof.workerId,
      attemptNumber: proof.attemptNumber,
      type: proof.type,
      status: proof.status,
      geoValid: proof.geoValid,
      distanceFromTaskMeters: proof.distanceFromTaskMeters,
      rejectionReason: proof.rejectionReason,
      createdAt: isoTime(proof.createdAt),
      reviewedAt: isoTime(proof.reviewedAt),
      files: filesOf(proof, fileUrl),
    })),
    dispute: dispute && disputeView(dispute),
  }
}

/** One, or none of a simulated proof. */
function filesOf(proof: Proof, fileUrl: Parts['fileUrl']) {
  const { fileName, contentType } = proof
  return fileName === null ? [] : [{ name: fileName, type: contentType, url: fileUrl(proof) }]
}
