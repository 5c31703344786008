import type { SavedWindow } from './limiter.ts'
import { requestsIn } from './window-runs.ts'

/** Some windows as they stand in one row of rate_window_chunks. */
export type WindowChunk = {
  /** JSON: the subject of each, how many runs of requests it has, and how many requests, where those are more. */
  windows: string
  /** Of one after the other: when it was saved, 8 bytes, then each run, 4 bytes. Little-endian. */
  admitted: Buffer
}

export function toChunk(windows: readonly SavedWindow[]): WindowChunk {
  const listed = windows.map(({ subject, runs }) => toListed(subject, runs))
  const bytes = new DataView(new ArrayBuffer(bytesOf(listed)))
  let at = 0
  for (const { savedAt, runs } of windows) {
    bytes.setFloat64(at, savedAt, true)
    at += TIME_BYTES
    // By index: an iterator takes ten times as long.
    for (let index = 0; index < runs.length; index++, at += RUN_BYTES)
      bytes.setUint32(at, runs[index] ?? 0, true)
  }
  return { windows: JSON.stringify(listed), admitted: Buffer.from(bytes.buffer) }
}

/** @returns null for a damaged chunk: its two parts do not agree. */
export function windowsOf({ windows, admitted }: WindowChunk): SavedWindow[] | null {
  const listed = parsed(windows)
  if (!isListed(listed) || bytesOf(listed) !== admitted.byteLength) return null
  const bytes = new DataView(admitted.buffer, admitted.byteOffset, admitted.byteLength)
  let at = 0
  const saved = listed.map(([subject, count]) => {
    const savedAt = bytes.getFloat64(at, true)
    at += TIME_BYTES
    const runs = new Uint32Array(count)
    for (let index = 0; index < count; index++, at += RUN_BYTES) runs[index] = bytes.getUint32(at, true)
    return { subject, savedAt, runs }
  })
  // A damaged word may stand for 65,536 requests.
  const isAsListed = saved.every(({ runs }, i) => requestsIn(runs) === (listed[i]?.[2] ?? runs.length))
  return isAsListed ? saved : null
}

// --- internal ---

type Listed = [subject: string, runs: number, requests?: number]

const TIME_BYTES = 8
const RUN_BYTES = 4

function toListed(subject: string, runs: Uint32Array): Listed {
  const requests = requestsIn(runs)
  return requests === runs.length ? [subject, runs.length] : [subject, runs.length, requests]
}

function bytesOf(listed: readonly Listed[]): number {
  return listed.reduce((sum, [, runs]) => sum + TIME_BYTES + RUN_BYTES * runs, 0)
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
  const [subject, runs, requests = runs] = value
  return typeof subject === 'string' && Number.isInteger(runs) && runs >= 0 && Number.isInteger(requests)
}
