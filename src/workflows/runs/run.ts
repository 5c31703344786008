import { runs } from '../../db/schema/runs.ts'
import type { Json } from '../../lib/json-object.ts'

export const RUN_STATUSES = runs.status.enumValues

export type RunStatus = (typeof RUN_STATUSES)[number]

export const RUN_TRIGGERS = runs.triggerType.enumValues

export type TriggerType = (typeof RUN_TRIGGERS)[number]

/** Statuses of a run that is not over. */
export const ACTIVE: RunStatus[] = ['pending', 'running', 'suspended']

/** Why a run failed, as the API shows it; `step` is the id of the step that failed, where one did. */
export type RunError = { code: string; message: string; step?: string }

export type Run = {
  id: string
  accountId: string
  workflowId: string
  workflowVersion: number
  status: RunStatus
  triggerType: TriggerType
  /** What templates see as `trigger`. */
  trigger: Json
  /** What templates see as `input`. */
  input: unknown
  connectionId: string | null
  /** null where it stands apart. */
  output: unknown
  /** Whether the output is large, and stands in the engine's file. */
  isOutputApart: boolean
  error: RunError | null
  idempotencyKey: string | null
  requestHash: string | null
  deadlineAt: number | null
  engineRunId: string | null
  attempt: number
  restartedFrom: string | null
  restartedAtStep: string | null
  createdAt: number
  startedAt: number | null
  completedAt: number | null
}

/** Whether it may have taken results over: only a retry and a restart do. */
export function mayCarry({ attempt, restartedFrom }: Pick<Run, 'attempt' | 'restartedFrom'>): boolean {
  return attempt > 1 || restartedFrom !== null
}

/** What a list tells of a run: all but what may be megabytes. */
export type RunSummary = Omit<Run, 'trigger' | 'input' | 'output' | 'isOutputApart'>

/** What an account's list shows of a run. */
export type ListedRun = Pick<
  Run,
  | 'id'
  | 'workflowId'
  | 'workflowVersion'
  | 'status'
  | 'triggerType'
  | 'error'
  | 'attempt'
  | 'restartedFrom'
  | 'createdAt'
  | 'startedAt'
  | 'completedAt'
>

/** Starts a run of an active workflow; what it gives is stored and on its way, not ended. */
export type StartRun = (start: RunStart) => Promise<Run>

/** Whether a run of the workflow that was started this way has not ended yet. */
export type IsBusy = (workflowId: string, triggerType: TriggerType) => boolean

/** What starts a run of an active workflow. */
export type RunStart = {
  accountId: string
  workflowId: string
  triggerType: TriggerType
  trigger: Json
  input: unknown
  connectionId: string | null
  /** A second start under the same key is the first one's run. */
  idempotencyKey: string | null
  /** How long the run may take, in ms; null: as long as the workflow's settings say. */
  maxExecutionTimeMs: number | null
}
