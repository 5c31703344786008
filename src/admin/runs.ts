import type { Actor } from '../audit/actor.ts'
import { invalid, refuseInvalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import { nameProblems } from '../lib/name.ts'
import { RUN_STATUSES, type RunSummary } from '../workflows/runs/run.ts'
import { COMMENT_LENGTH_MAX } from '../workflows/runs/run-wait.ts'
import type { Runs } from '../workflows/runs/runs.ts'

export type DecideRunInput = {
  id: string
  approved: boolean
  /** Left out: the only approval that is open. */
  stepId?: string
  comment?: string
  /** Who decides; left out: the operator. */
  by?: string
}

export type RunView = Awaited<ReturnType<RunOperations['decide']>>

/** Runs that a list shows, unless it is asked for more. */
const RUNS_LISTED = 50

type RunOperations = ReturnType<typeof createRunOperations>

export function createRunOperations(runs: Runs, actor: Actor) {
  const view = (run: RunSummary) => ({
    ...runFields(run),
    approvals: runs.openApprovals(run.id).map(({ stepId, request, dueAt }) => ({
      stepId,
      title: request?.title ?? null,
      approvers: request?.approvers ?? [],
      expiresAt: isoTime(dueAt),
    })),
  })

  return {
    /** The newest of all accounts. @throws INVALID_INPUT for an unknown status. */
    async list({ status, limit = RUNS_LISTED }: { status?: string; limit?: number }) {
      const known = RUN_STATUSES.find((one) => one === status) ?? null
      if (status !== undefined && known === null) {
        throw invalid('status', `must be one of ${RUN_STATUSES.join(', ')}`)
      }
      return runs.listAny(known, limit).map(view)
    },

    /** Approves or rejects what a run waits for. @throws NOT_FOUND, CONFLICT, INVALID_INPUT */
    async decide({ id, approved, stepId, comment, by = 'operator' }: DecideRunInput) {
      if (typeof approved !== 'boolean') throw invalid('approved', 'must be true or false')
      refuseInvalid(nameProblems('by', by))
      if (comment !== undefined && comment.length > COMMENT_LENGTH_MAX) {
        throw invalid('comment', `must be at most ${COMMENT_LENGTH_MAX} characters`)
      }
      return view(await runs.decideAny(id, stepId, { approved, by, comment: comment ?? null }, actor))
    },
  }
}

// --- internal ---

function runFields({
  id,
  accountId,
  workflowId,
  status,
  triggerType,
  error,
  createdAt,
  completedAt,
}: RunSummary) {
  return {
    id,
    accountId,
    workflowId,
    status,
    triggerType,
    error,
    createdAt: isoTime(createdAt),
    completedAt: isoTime(completedAt),
  }
}
