import ms from 'ms'
import { isoTime } from '../../../lib/instant.ts'
import { WAIT_MS_MAX } from '../../plan/wait-units.ts'
import { isMissing, numberIn } from '../../steps/config-field.ts'
import { StepError } from '../../steps/step-work.ts'
import type { Waiting } from './suspending-step.ts'

/** How long approvers have, unless the step says so (workflows/README.md, "Approvals", the older page), in ms. */
const APPROVAL_MS = 86_400_000

const HOUR_MS = 3_600_000

/** `approval`: out of time is a rejection, unless `timeoutAction` is "approve" or "fail". */
export const approval: Waiting = {
  kind: 'approval',
  durationMs({ timeout, timeoutMs, timeoutHours }) {
    if (!isMissing(timeoutMs)) return boundedMs(timeoutMs, 1)
    if (!isMissing(timeoutHours)) return boundedMs(timeoutHours, HOUR_MS)
    if (isMissing(timeout)) return APPROVAL_MS
    return boundedMs(isDuration(timeout) ? ms(timeout) : timeout, 1)
  },
  request: ({ title, description, reason, approvers, context }) => ({
    title: textOf(title ?? reason),
    description: textOf(description),
    approvers: approversOf(approvers),
    context: context ?? null,
  }),
  output(answer, _startedAt, { timeoutAction }) {
    if (answer.decision === undefined && timeoutAction === 'fail') {
      throw new StepError('TIMEOUT', 'Nobody approved in time')
    }
    const { approved, by, comment } = answer.decision ?? {
      approved: timeoutAction === 'approve',
      by: null,
      comment: null,
    }
    return {
      approved,
      approvedBy: by,
      approvedAt: isoTime(answer.at),
      ...(comment !== null && { comment }),
      ...(answer.decision === undefined && { timedOut: true }),
    }
  },
}

// --- internal ---

function boundedMs(value: unknown, factor: number): number {
  const lengthMs = (numberIn(value) ?? Number.NaN) * factor
  if (!(lengthMs > 0 && lengthMs <= WAIT_MS_MAX)) {
    throw new StepError('VALIDATION_ERROR', 'The timeout of an approval must be more than 0, up to 365 days')
  }
  return Math.round(lengthMs)
}

/** What `ms` reads: it throws at an empty text, and at one of more than 100 characters. */
function isDuration(value: unknown): value is ms.StringValue {
  return typeof value === 'string' && value.length > 0 && value.length <= 100
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** One text with commas, or a list (workflows/README.md, "Approvals"). */
function approversOf(approvers: unknown): string[] {
  const list =
    typeof approvers === 'string' ? approvers.split(',') : Array.isArray(approvers) ? approvers : []
  return list.map((approver) => (textOf(approver) ?? '').trim()).filter((approver) => approver !== '')
}
