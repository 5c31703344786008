import type { Json } from '../../lib/json-object.ts'
import type { Run, RunStart } from './run.ts'

/** What a new run takes from its workflow. */
export type RunOrigin = { id: string; version: number; settings: Json | null }

/** The run that a start asks for. @param requestHash what the idempotency key stands for (idempotency.ts) */
export function newRun(start: RunStart, workflow: RunOrigin, requestHash: string | null, now: number): Run {
  const { accountId, triggerType, trigger, input, connectionId, idempotencyKey } = start
  return {
    ...UNBEGUN,
    id: Bun.randomUUIDv7(),
    accountId,
    workflowId: workflow.id,
    workflowVersion: workflow.version,
    triggerType,
    trigger,
    input,
    connectionId,
    idempotencyKey,
    requestHash,
    createdAt: now,
    restartedFrom: null,
    restartedAtStep: null,
    deadlineAt: deadlineAfter(start.maxExecutionTimeMs ?? timeoutOf(workflow.settings), now),
  }
}

/** `settings` are the workflow's; `stepId` says where it begins, null: at the start; `input`: left out, that of the run. */
type Restart = { id: string; settings: Json | null; stepId: string | null; input?: Json; now: number }

/** A run of its own with what another was started with. */
export function restartOf(run: Run, { id, settings, stepId, input, now }: Restart): Run {
  return {
    ...run,
    ...(input !== undefined && startedWith(input)),
    ...UNBEGUN,
    id,
    idempotencyKey: null,
    requestHash: null,
    createdAt: now,
    restartedFrom: run.id,
    restartedAtStep: stepId,
    deadlineAt: nextDeadline(run, settings, now),
  }
}

/** What starts a run by the API, or by the operator: what its templates see. */
export function startedWith(input: Json): Pick<Run, 'triggerType' | 'trigger' | 'input'> {
  return { triggerType: 'api', trigger: { type: 'api', input, body: input }, input }
}

/** When a run that begins once more is out of time: it has as long again as it had when it was made. */
export function nextDeadline(run: Run, settings: Json | null, now: number): number | null {
  return deadlineAfter(run.deadlineAt === null ? timeoutOf(settings) : run.deadlineAt - run.createdAt, now)
}

// --- internal ---

const UNBEGUN = {
  status: 'pending',
  attempt: 1,
  engineRunId: null,
  output: null,
  isOutputApart: false,
  error: null,
  startedAt: null,
  completedAt: null,
} as const

/** The workflow's own limit, in ms; a start may have another. */
function timeoutOf(settings: Json | null): number | null {
  return typeof settings?.timeoutMs === 'number' ? settings.timeoutMs : null
}

function deadlineAfter(timeoutMs: number | null, now: number): number | null {
  return timeoutMs === null ? null : now + timeoutMs
}
