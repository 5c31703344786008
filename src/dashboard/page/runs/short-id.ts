const SHOWN = 8

/** The end of an id: those that were made one soon after the other begin alike. @returns "…4eab8544" */
export function shortId(id: string): string {
  return id.length > SHOWN ? `…${id.slice(-SHOWN)}` : id
}
