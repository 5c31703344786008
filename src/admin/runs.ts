import type { Actor } from '../audit/actor.ts'
import { invalid, refuseInvalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import { nameProblems } from '../lib/name.ts'
import { RUN_STATUSES, type RunSummary } from '../workflows/runs/run.ts'
import { COMMENT_LENGTH_MAX } from '../workflows/runs/run-wait.ts'
import type { Runs } from '../workflows/runs/runs.ts'
import type { StepView } from '../workflows/runs/step-view.ts'
import { known, listLimit } from './listed.ts'
import { textField } from './text-field.ts'

export type DecideRunInput = {
  id: string
  approved: boolean
  /** Left out: the only approval that is open. */
  stepId?: string
  comment?: string
  /** Who decides; left out: the operator. */
  by?: string
}

export type RunDetailsView = Awaited<ReturnType<RunOperations['show']>>

export type RunView = Awaited<ReturnType<RunOperations['decide']>>

/** A loop of 10,000 rounds has as many; what is wrong shows in the first ones, or in the run's error. */
const STEPS_SHOWN = 500

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
    /** The newest of all accounts, 50 unless told otherwise. @throws INVALID_INPUT */
    async list({ status, limit }: { status?: string; limit?: number }) {
      return runs.listAny(known('status', status, RUN_STATUSES) ?? null, listLimit(limit)).map(view)
    },

    /**
     * With its steps, but without what they and the run took and gave, which may be megabytes of an account's data.
     * @throws NOT_FOUND
     */
    async show({ id }: { id: string }) {
      const { run, steps } = await runs.details(runs.ownerOf(textField('id', id)), id)
      const { workflowVersion, attempt, restartedFrom, startedAt, deadlineAt } = run
      return {
        ...view(run),
        workflowVersion,
        attempt,
        restartedFrom,
        startedAt: isoTime(startedAt),
        deadlineAt: isoTime(deadlineAt),
        steps: steps.slice(0, STEPS_SHOWN).map(stepFields),
        /** How many there are beyond those. */
        moreSteps: Math.max(0, steps.length - STEPS_SHOWN),
      }
    },

    /** Ends a run that is not over; what it does now is broken off. @throws NOT_FOUND, CONFLICT */
    async cancel({ id }: { id: string }) {
      return view(await runs.cancelAny(textField('id', id), actor))
    },

    /** Approves or rejects what a run waits for. @throws NOT_FOUND, CONFLICT, INVALID_INPUT */
    async decide({ id, approved, stepId, comment, by = 'operator' }: DecideRunInput) {
      if (typeof approved !== 'boolean') throw invalid('approved', 'must be true or false')
      refuseInvalid(nameProblems('by', by))
      if (comment !== undefined && textField('comment', comment).length > COMMENT_LENGTH_MAX) {
        throw invalid('comment', `must be at most ${COMMENT_LENGTH_MAX} characters`)
      }
      if (stepId !== undefined) textField('stepId', stepId)
      const decision = { approved, by, comment: comment ?? null }
      return view(await runs.decideAny(textField('id', id), stepId, decision, actor))
    },
  }
}

// --- internal ---

function stepFields({ key, step, status, attempt, startedAt, completedAt, error }: StepView) {
  return {
    path: key,
    id: step.id,
    name: step.name ?? null,
    type: step.type,
    status,
    attempt,
    startedAt: isoTime(startedAt),
    completedAt: isoTime(completedAt),
    error,
  }
}

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
