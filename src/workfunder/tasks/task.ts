import { proofs, tasks } from '../../db/schema/tasks.ts'

type TaskRow = typeof tasks.$inferSelect
type ProofRow = typeof proofs.$inferSelect

export const TASK_KINDS = tasks.kind.enumValues

export type TaskKind = (typeof TASK_KINDS)[number]

export const TASK_CATEGORIES = tasks.category.enumValues

export type TaskCategory = (typeof TASK_CATEGORIES)[number]

export const TASK_ENVIRONMENTS = tasks.environment.enumValues

export const TASK_PRIORITIES = tasks.priority.enumValues

export const PROOF_TYPES = proofs.type.enumValues

export const PROOF_STATUSES = proofs.status.enumValues

/** A task or bounty as operations see it: the row, with its JSON read. */
export type Task = Omit<TaskRow, 'requiredSkills' | 'proofTypes' | 'metadata'> & {
  requiredSkills: string[]
  proofTypes: Proof['type'][]
  metadata: Record<string, unknown>
}

/** What a developer asks for. Left out: no skills, no deadline, normal priority, one photo as proof. */
export type NewTask = Pick<
  Task,
  'title' | 'description' | 'category' | 'city' | 'state' | 'latitude' | 'longitude' | 'budgetCents'
> &
  Partial<
    Pick<
      Task,
      'instructions' | 'requiredSkills' | 'address' | 'priority' | 'deadline' | 'proofTypes' | 'metadata'
    >
  >

export type Proof = Omit<ProofRow, 'deviceInfo'> & { deviceInfo: Record<string, unknown> }

/** workfunder/README.md, "Tasks and bounties": the platform's share of the budget, in per cent. */
const FEE_PERCENT: Record<TaskKind, number> = { task: 16, bounty: 20 }

/** @returns the platform's fee, rounded half up to a whole cent, and the rest, which is the worker's. */
export function shareOut(kind: TaskKind, budgetCents: number) {
  const platformFeeCents = Math.round((budgetCents * FEE_PERCENT[kind]) / 100)
  return { platformFeeCents, workerPayoutCents: budgetCents - platformFeeCents }
}

/** workfunder/README.md, "Proofs" */
export const PROOF_ATTEMPTS_MAX = 3

/** workfunder/README.md, "Proofs": how far from the task a proof may be made, in metres. */
export const GEO_RADIUS_METERS = 500
