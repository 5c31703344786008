import { written } from '../lib/large-json.ts'

/** JSON as far as it is shown: one that is cut is no JSON any more. */
export type BoundedJson = {
  json: string
  /** Of the whole, in UTF-8. */
  bytes: number
  cut: boolean
}

/** Enough to see what went through; a run's output may be 50 MB. */
const SHOWN_BYTES_MAX = 64 * 1024

/** Takes its time in slices, whatever the value's size. @param value as for `jsonParts` (large-json.ts) */
export async function boundedJson(value: unknown): Promise<BoundedJson> {
  return boundedText(await written(value))
}

/** As `boundedJson`, of what is JSON already. */
export function boundedText(json: string): BoundedJson {
  const bytes = Buffer.byteLength(json)
  if (bytes <= SHOWN_BYTES_MAX) return { json, bytes, cut: false }
  // No character takes less than a byte, so what fits is in there.
  const first = json.slice(0, SHOWN_BYTES_MAX)
  const { read } = new TextEncoder().encodeInto(first, new Uint8Array(SHOWN_BYTES_MAX))
  return { json: first.slice(0, read), bytes, cut: true }
}
