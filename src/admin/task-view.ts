import { isoTime } from '../lib/instant.ts'
import type { Oversight } from '../workfunder/tasks/oversight.ts'

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

/** A task with its history; never where its worker lives, nor what the developer keeps in its metadata. */
export function taskDetailsView({
  task,
  moves,
  proofs,
  dispute,
  escrowCents,
}: ReturnType<Oversight['task']>) {
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
    })),
    dispute: dispute && disputeView(dispute),
  }
}
