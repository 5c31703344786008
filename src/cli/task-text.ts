import type { TaskDetailsView } from '../admin/tasks.ts'
import { readableTime } from './terminal.ts'

/** @param cents whole US cents */
export function moneyOf(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`
}

export function disputeFields(
  dispute: NonNullable<TaskDetailsView['dispute']>,
): (readonly [name: string, value: string])[] {
  const { openedBy, reason, disputedStatus, createdAt, evidenceDeadline, resolvedAt } = dispute
  return [
    ['DISPUTE', `opened by the ${openedBy} at ${readableTime(createdAt, '')}, when it was ${disputedStatus}`],
    ['REASON', reason],
    ['EVIDENCE UNTIL', readableTime(evidenceDeadline, '')],
    ['RESOLVED', readableTime(resolvedAt, 'no')],
  ]
}
