/** JSON that takes so many characters is read or written in about a millisecond, or a few. */
const LARGE_CHARS = 256 * 1024

/** Lets what else there is to do be done, where so much text has been worked on. */
export async function restAfter(chars: number): Promise<void> {
  if (chars >= LARGE_CHARS) await new Promise((resolve) => setImmediate(resolve))
}

/** Reads JSON, and rests after much of it: a run may hold fifty megabytes, and other requests wait meanwhile. */
export async function parsed(json: string | null): Promise<unknown> {
  if (json === null) return null
  const value: unknown = JSON.parse(json)
  await restAfter(json.length)
  return value
}
