/**
 * The events that an account can be told (workfunder/README.md, "Webhooks"). The vendor's pages name created, funded, posted,
 * proof_submitted, completed and cancelled; the rest follow from the states of a task.
 */
export const TASK_EVENTS = [
  'task.created',
  'task.funded',
  'task.posted',
  'task.assigned',
  'task.in_progress',
  'task.proof_submitted',
  'task.proof_rejected',
  'task.completed',
  'task.cancelled',
  'task.refunded',
  'task.disputed',
] as const

export type TaskEvent = (typeof TASK_EVENTS)[number]

export function isTaskEvent(text: string): text is TaskEvent {
  return TASK_EVENTS.some((event) => event === text)
}
