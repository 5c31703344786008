import { Type as t } from '@sinclair/typebox'
import ms from 'ms'
import { oneOf } from '../../http/one-of.ts'
import { DAY_MS, HOUR_MS } from '../../lib/duration.ts'
import { unitHint } from '../../lib/duration-text.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Json } from '../../lib/json-object.ts'
import { isWithin } from '../../lib/json-size.ts'
import type { Problem } from '../../lib/problem.ts'
import { badField, isMissing, isTemplate, numberIn } from './config-field.ts'
import { boolean, configOf, number, orNothing, wholeNumber } from './config-schema.ts'
import type { SuspendedKind } from './kind.ts'
import { StepError } from './step-work.ts'
import { WAIT_MAX, WAIT_MS_MAX } from './suspension.ts'

/** How long approvers have, unless the step says so (workflows/README.md, "Approvals", the older page), in ms. */
const APPROVAL_MS = DAY_MS

const APPROVERS_MAX = 100

const HOURS_MAX = WAIT_MS_MAX / HOUR_MS

/** `approval`: out of time is a rejection, unless `timeoutAction` is "approve" or "fail". */
export const approval: SuspendedKind<'approval'> = {
  kind: 'approval',
  types: ['approval'],
  actions: ['approval.request'],
  programs: [],
  formulas: [],
  mentions: [],

  schema() {
    const hours = `a number above 0, up to ${HOURS_MAX}`
    return configOf({
      approvers: t.Optional(
        t.Union(
          [
            t.String({ minLength: 1 }),
            t.Array(t.String({ minLength: 1 }), { minItems: 1, maxItems: APPROVERS_MAX }),
          ],
          { expected: `a string, or a list of 1 to ${APPROVERS_MAX} strings` },
        ),
      ),
      reason: t.Optional(t.String()),
      title: t.Optional(t.String()),
      description: t.Optional(t.String()),
      timeout: t.Optional(t.Unknown({ expected: `a time such as 30m, 24h or 7d, of at most ${WAIT_MAX}` })),
      timeoutMs: t.Optional(wholeNumber({ min: 1, max: WAIT_MS_MAX })),
      timeoutHours: t.Optional(
        orNothing(
          number((value) => isInBounds(value * HOUR_MS), hours, { exclusiveMinimum: 0, maximum: HOURS_MAX }),
          hours,
        ),
      ),
      timeoutAction: t.Optional(oneOf(['fail', 'reject', 'approve'])),
      requireAll: t.Optional(boolean()),
      context: t.Optional(t.Unknown()),
    })
  },

  problems({ config: { timeout } }): Problem[] {
    const hint = typeof timeout === 'string' ? unitHint(timeout) : ''
    if (isMissing(timeout) || isTemplate(timeout) || (hint === '' && isInBounds(durationIn(timeout))))
      return []
    const message = `must be a time such as 30m, 24h or 7d, of at most ${WAIT_MAX}, or a template${hint}`
    return [{ field: 'config.timeout', message }]
  },

  way: 'suspended',

  durationMs(config) {
    refuseUnreadable(config)
    refuseLarge(config)
    const lasting = timeLimitMs(config)
    if (!isInBounds(lasting)) {
      const message = `The timeout of an approval must be more than 0, up to ${WAIT_MAX}`
      throw new StepError('VALIDATION_ERROR', message)
    }
    return Math.round(lasting)
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

/** What is kept of an approval, shown with its run and sent to whoever decides, in characters of JSON. */
const SHOWN_CHARS_MAX = Object.entries({
  title: 64 * 1024,
  reason: 64 * 1024,
  description: 64 * 1024,
  approvers: 64 * 1024,
  context: 1024 * 1024,
})

function refuseLarge(config: Json): void {
  for (const [name, most] of SHOWN_CHARS_MAX) {
    if (isWithin(config[name], most)) continue
    throw new StepError('VALIDATION_ERROR', `The ${name} of an approval must be at most ${most / 1024} KiB`)
  }
}

/** @returns in ms; NaN where the field that counts says nothing. */
function timeLimitMs({ timeout, timeoutMs, timeoutHours }: Json): number {
  if (!isMissing(timeoutMs)) return numberIn(timeoutMs) ?? Number.NaN
  if (!isMissing(timeoutHours)) return (numberIn(timeoutHours) ?? Number.NaN) * HOUR_MS
  return isMissing(timeout) ? APPROVAL_MS : durationIn(timeout)
}

/** A time such as "7d" or "1.5 hours", or a number of ms; NaN for anything else. */
function durationIn(timeout: unknown): number {
  return numberIn(timeout) ?? (isDuration(timeout) ? ms(timeout) : Number.NaN)
}

/** What `ms` reads: it throws at an empty text, and at one of more than 100 characters. */
function isDuration(value: unknown): value is ms.StringValue {
  return typeof value === 'string' && value.length > 0 && value.length <= 100
}

function isInBounds(lengthMs: number): boolean {
  return lengthMs > 0 && lengthMs <= WAIT_MS_MAX
}

/** A description may be data, which is shown as JSON. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** One text with commas, or a list (workflows/README.md, "Approvals"). What is missing names nobody. */
function approversOf(approvers: unknown): string[] {
  return listOf(approvers)
    .map((approver) => (textOf(approver) ?? '').trim())
    .filter((approver) => approver !== '')
}

function listOf(approvers: unknown): unknown[] {
  const list = typeof approvers === 'string' ? approvers.split(',') : approvers
  return Array.isArray(list) ? list : [list]
}

/**
 * Called when the step begins, and not when its run goes on: an earlier version took everything.
 * @throws StepError for a title or reason that is no text, and for approvers that are no names: then anybody could decide.
 */
function refuseUnreadable({ title, reason, approvers }: Json): void {
  for (const [name, line] of Object.entries({ title, reason })) {
    if (typeof line === 'object' && line !== null) throw badField(name, 'must be a text')
  }
  if (!listOf(approvers).every(isName))
    throw badField('approvers', 'must be a text with commas, or a list of texts')
}

function isName(approver: unknown): boolean {
  return isMissing(approver) || typeof approver === 'string' || typeof approver === 'number'
}
