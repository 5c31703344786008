import type { SavedWindow } from './limiter.ts'

/** Some windows as they stand in one row of rate_window_chunks. */
export type WindowChunk = {
  /** JSON: the subject of each, and how many requests it has. */
  windows: string
  /** Of one after the other: when it was saved, 8 bytes, then the age of each request, 4 bytes. Little-endian. */
  admitted: Buffer
}

export function toChunk(windows: readonly SavedWindow[]): WindowChunk {
  const listed = windows.map(({ subject, ages }): Listed => [subject, ages.length])
  const bytes = new DataView(new ArrayBuffer(bytesOf(listed)))
  let at = 0
  for (const { savedAt, ages } of windows) {
    bytes.setFloat64(at, savedAt, true)
    at += TIME_BYTES
    // By index: an iterator takes ten times as long.
    for (let index = 0; index < ages.length; index++, at += AGE_BYTES)
      bytes.setUint32(at, ages[index] ?? 0, true)
  }
  return { windows: JSON.stringify(listed), admitted: Buffer.from(bytes.buffer) }
}

/** @returns null for a damaged chunk: its two parts do not agree. */
export function windowsOf({ windows, admitted }: WindowChunk): SavedWindow[] | null {
  const listed = parsed(windows)
  if (!isListed(listed) || bytesOf(listed) !== admitted.byteLength) return null
  const bytes = new DataView(admitted.buffer, admitted.byteOffset, admitted.byteLength)
  let at = 0
  return listed.map(([subject, requests]) => {
    const savedAt = bytes.getFloat64(at, true)
    at += TIME_BYTES
    const ages = new Uint32Array(requests)
    for (let index = 0; index < requests; index++, at += AGE_BYTES) ages[index] = bytes.getUint32(at, true)
    return { subject, savedAt, ages }
  })
}

// --- internal ---

type Listed = [subject: string, requests: number]

const TIME_BYTES = 8
const AGE_BYTES = 4

function bytesOf(listed: readonly Listed[]): number {
  return listed.reduce((sum, [, requests]) => sum + TIME_BYTES + AGE_BYTES * requests, 0)
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function isListed(value: unknown): value is Listed[] {
  return Array.isArray(value) && value.every(isOneListed)
}

function isOneListed(value: unknown): value is Listed {
  if (!Array.isArray(value)) return false
  const [subject, requests] = value
  return typeof subject === 'string' && Number.isInteger(requests) && requests >= 0
}
