import { isoTime } from '../../lib/instant.ts'
import type { ListedRun, Run } from '../runs/run.ts'
import { type OpenApproval, pathOf } from '../runs/run-wait.ts'
import type { RunDetails } from '../runs/runs.ts'
import type { StepView } from '../runs/step-view.ts'
import { LOG_STATUS } from './run-reply-schemas.ts'

// How runs look in the Workflows API (workflows/README.md, "Runs"). Where its pages disagree, both names are told.

/** The answer to a start, a retry and a restart. */
export function startedToWire({ id, status, workflowId, workflowVersion }: Run) {
  return { runId: id, run_id: id, status, workflowId, workflowVersion }
}

/** A run as lists show it. */
export function runToWire(run: ListedRun) {
  const { id, workflowId, workflowVersion, status, triggerType, error, attempt, restartedFrom } = run
  return {
    id,
    runId: id,
    run_id: id,
    workflowId,
    workflowVersion,
    status,
    triggerType,
    ...times(run.startedAt, run.completedAt),
    error,
    attempt,
    restartedFrom,
    createdAt: isoTime(run.createdAt),
  }
}

/** The answer to a start that waited for the end. */
export function endedToWire(run: Run) {
  return { ...runToWire(run), output: run.output }
}

export function detailsToWire({ run, steps, approvals }: RunDetails) {
  const { input, output, trigger, connectionId } = run
  return {
    ...runToWire(run),
    input,
    trigger,
    connectionId,
    output,
    steps: steps.map(stepToWire),
    approvals: approvals.map(approvalToWire),
  }
}

/** One attempt of a step, in the words of the older page. */
export function logToWire(view: StepView) {
  const { status, ...step } = stepToWire(view)
  const logs = view.logs.map(({ level, message, at }) => ({ timestamp: isoTime(at), level, message }))
  return { ...step, status: LOG_STATUS[status], logs }
}

/** What somebody has to decide. */
function approvalToWire(approval: OpenApproval) {
  const { stepId, request, createdAt, dueAt } = approval
  return {
    stepId,
    path: pathOf(approval),
    ...request,
    requestedAt: isoTime(createdAt),
    expiresAt: isoTime(dueAt),
  }
}

// --- internal ---

function stepToWire({ key, step, status, input, output, error, attempt, ...view }: StepView) {
  return {
    id: step.id,
    stepId: step.id,
    path: key,
    name: step.name ?? null,
    type: step.type,
    status,
    ...times(view.startedAt, view.completedAt),
    input,
    output,
    error,
    attempt,
  }
}

function times(startedAt: number | null, completedAt: number | null) {
  return {
    startedAt: isoTime(startedAt),
    completedAt: isoTime(completedAt),
    durationMs: startedAt === null || completedAt === null ? null : completedAt - startedAt,
  }
}
