/**
 * How the trigger of a custom webhook may have the path that one was sent to: as it was sent (/a%20b) or decoded (/a b), with
 * its leading slash or without.
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

/** Whether a trigger's `events` let an event through: none named, its type, `*`, or as in `invoice.*`. */
export function takesEvent(events: readonly string[], type: string | null): boolean {
  if (events.length === 0 || events.includes('*')) return true
  return type !== null && events.some((event) => event === type || isPrefixOf(event, type))
}

// --- internal ---

function isPrefixOf(pattern: string, type: string): boolean {
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))
}
