import { Type as t } from '@sinclair/typebox'
import { oneOf } from '../../http/one-of.ts'
import { anything, count, instant, orNull, part, reply } from '../../http/reply-schema.ts'
import { RUN_STATUSES, RUN_TRIGGERS } from '../runs/run.ts'
import { STEP_STATUSES } from '../runs/step-view.ts'
import { LOG_LEVELS } from '../steps/step-work.ts'

// What the Workflows API says of runs; run-wire.ts writes it.

/** The older page's words for how far a step is. */
export const LOG_STATUS = {
  completed: 'success',
  failed: 'error',
  skipped: 'skipped',
  pending: 'pending',
  running: 'running',
  retrying: 'retrying',
} as const

const status = oneOf(RUN_STATUSES)

const error = orNull(part({ code: t.String(), message: t.String(), step: t.Optional(t.String()) }))

const times = {
  startedAt: orNull(instant),
  completedAt: orNull(instant),
  durationMs: orNull(t.Integer()),
}

export const startedReply = reply('StartedRun', {
  runId: t.String(),
  run_id: t.String(),
  status,
  workflowId: t.String(),
  workflowVersion: count,
})

export const runReply = reply('Run', {
  id: t.String(),
  runId: t.String(),
  run_id: t.String(),
  workflowId: t.String(),
  workflowVersion: count,
  status,
  triggerType: oneOf(RUN_TRIGGERS),
  ...times,
  error,
  attempt: count,
  restartedFrom: orNull(t.String()),
  createdAt: instant,
})

export const endedReply = reply('EndedRun', { ...runReply.properties, output: anything })

const step = {
  id: t.String(),
  stepId: t.String(),
  path: t.String(),
  name: orNull(t.String()),
  type: t.String(),
  ...times,
  input: anything,
  output: anything,
  error,
  attempt: count,
}

export const detailsReply = reply('RunDetails', {
  ...endedReply.properties,
  input: anything,
  trigger: anything,
  connectionId: orNull(t.String()),
  steps: t.Array(reply('RunStep', { ...step, status: oneOf(STEP_STATUSES) })),
  approvals: t.Array(
    reply('OpenApproval', {
      stepId: t.String(),
      path: t.String(),
      title: orNull(t.String()),
      description: orNull(t.String()),
      approvers: t.Array(t.String()),
      context: anything,
      requestedAt: instant,
      expiresAt: orNull(instant),
    }),
  ),
})

export const logReply = reply('RunLog', {
  ...step,
  status: oneOf(Object.values(LOG_STATUS)),
  logs: t.Array(part({ timestamp: instant, level: oneOf(LOG_LEVELS), message: t.String() })),
})
