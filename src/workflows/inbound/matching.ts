import { createPace, type SlicedWork } from '../../lib/sliced-work.ts'
import type { TriggerEvents, WebhookWorkflow } from '../definitions/definition-store.ts'

/**
 * The ways in which a trigger may write the path that a custom webhook was sent to: as it was sent (/a%20b) or decoded (/a b),
 * with its leading slash or without.
 */
export function writtenPaths(sent: string): string[] {
  return [sent, decodedPath(sent)].flatMap((path) => [path, `/${path}`])
}

/** @param sent the end of a path as Elysia hands it over. One that cannot be decoded stays as it is. */
export function decodedPath(sent: string): string {
  try {
    return decodeURIComponent(sent)
  } catch {
    return sent
  }
}

/**
 * The workflows that take an event of this type. Yields, because an account may have any number of them, and who sends the
 * event needs no key.
 */
export function* takersOf(
  type: string | null,
  workflows: readonly WebhookWorkflow[],
  eventsOf: (id: string) => TriggerEvents | undefined,
): SlicedWork<WebhookWorkflow[]> {
  const pace = createPace()
  const takers: WebhookWorkflow[] = []
  for (const workflow of workflows) {
    const found = eventsOf(workflow.id)
    if (found && takesEvent(found.events, type)) takers.push(workflow)
    if (pace(LOOK_COST + (found?.bytes ?? 0))) yield
  }
  return takers
}

// --- internal ---

/** What a look into the database costs, in characters that are gone through. */
const LOOK_COST = 2000

/** Whether a trigger's `events` let an event through: none named, its type, `*`, or as in `invoice.*`. */
function takesEvent(events: readonly string[], type: string | null): boolean {
  if (events.length === 0 || events.includes('*')) return true
  return type !== null && events.some((event) => event === type || isPrefixOf(event, type))
}

function isPrefixOf(pattern: string, type: string): boolean {
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))
}
