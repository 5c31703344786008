import { writeSync } from 'node:fs'

/** Data: to stdout. */
export function print(text: string): void {
  console.log(text)
}

/** Everything else: to stderr, so that stdout can be captured. */
export function tell(text: string): void {
  console.error(text)
}

/** One JSON value and nothing else on stdout. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

/**
 * Prints what must not get lost, such as a new key.
 * @throws the system's error where stdout does not take all of it: a full disk, a pipe whose reader has gone.
 */
export function printSurely(text: string): void {
  let rest = Buffer.from(`${text}\n`)
  while (rest.length > 0) rest = rest.subarray(writeSome(rest))
}

/** A time for people, to the second; "never" or the like where there is none. */
export function readableTime(iso: string | null, none: string): string {
  return iso === null ? none : `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`
}

// --- internal ---

const STDOUT = 1

/** How long a pipe that is full is left alone, in ms. */
const FULL_PIPE_MS = 5

/** @returns how many bytes were written. */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(STDOUT, bytes)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    Bun.sleepSync(FULL_PIPE_MS)
    return 0
  }
}
