import type { WebhookTrigger } from '../definitions/trigger.ts'

/** Whether a custom trigger stands at this path; it may be written with or without its leading slash. */
export function isAtPath({ path }: WebhookTrigger, wanted: string): boolean {
  return path !== undefined && path.replace(/^\//, '') === wanted
}

/** Whether a trigger's `events` let an event through: none named, its type, `*`, or as in `invoice.*`. */
export function takesEvent({ events = [] }: WebhookTrigger, type: string | null): boolean {
  if (events.length === 0 || events.includes('*')) return true
  return type !== null && events.some((event) => event === type || isPrefixOf(event, type))
}

// --- internal ---

function isPrefixOf(pattern: string, type: string): boolean {
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))
}
