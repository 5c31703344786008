import { Type as t } from '@sinclair/typebox'
import { oneOf } from '../../http/one-of.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'
import { NESTING_MAX } from '../plan/bodies.ts'
import { RUN_STATUSES } from '../runs/run.ts'
import { COMMENT_LENGTH_MAX } from '../runs/run-wait.ts'
import { pageQuery } from './schemas.ts'

// The request bodies and queries of runs (workflows/README.md, "Runs"; approve and reject are our own).

/** How long one run may be given, in ms: a day. */
const EXECUTION_MAX_MS = DAY_MS

export const startRunBody = t.Object({
  input: t.Optional(t.Record(t.String(), t.Unknown(), { expected: 'an object' })),
  connectionId: t.Optional(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
  idempotencyKey: t.Optional(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
  mode: t.Optional(oneOf(['async', 'sync'])),
  maxExecutionTimeMs: t.Optional(t.Integer({ minimum: 1, maximum: EXECUTION_MAX_MS })),
})

/** The vendor's pages say both `timeout` and `timed_out`; the filter takes both. */
export const runsQuery = t.Object({
  ...pageQuery.properties,
  workflowId: t.Optional(t.String()),
  status: t.Optional(oneOf([...RUN_STATUSES, 'timeout'])),
})

const stepId = t.Optional(t.String({ minLength: 1, maxLength: 64 }))

export const restartRunBody = t.Object({ stepId })

/** The longest path of a step, "each[3]/ask": an id of 64 characters and the round in each container, and its own. */
const PATH_LENGTH_MAX = NESTING_MAX * '[10000]/'.length + (NESTING_MAX + 1) * 64

export const decisionBody = t.Object({
  stepId: t.Optional(t.String({ minLength: 1, maxLength: PATH_LENGTH_MAX })),
  comment: t.Optional(t.String({ maxLength: COMMENT_LENGTH_MAX })),
  approvedBy: t.Optional(t.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
})
