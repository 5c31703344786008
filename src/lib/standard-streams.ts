import { fstatSync, writeSync } from 'node:fs'

const STDOUT = 1
const STDERR = 2

/** How long a line waits for a reader of stderr that takes none, in ms; a server must not wait for its log. */
const STDERR_PATIENCE_MS = 20
const LOOK_AGAIN_MS = 5

// Both are objects, so that tests can listen.

/**
 * Writes text to stdout, all of it, before it returns; a reader that is slow is waited for. Bun's `console.log` reports
 * no failure, so that a full disk would swallow what was asked for.
 * @throws Node's error of writing: ENOSPC, EPIPE where nobody reads any more, EBADF where stdout is closed.
 */
export const stdout = {
  write(text: string): void {
    write(STDOUT, text, Number.POSITIVE_INFINITY)
  },
}

/**
 * Writes to stderr at once and as it stands: Bun's `console.error` paints it red on a terminal, under TERM=dumb too.
 * Never throws: there is nobody left to be told.
 */
export const stderr = {
  writeLine(line: string): void {
    try {
      write(STDERR, `${line}\n`, STDERR_PATIENCE_MS)
    } catch {
      // Closed, full, or nobody reads.
    }
  },
}

/** Whether stderr is a terminal. Bun's own answer costs a stream, 12 ms and 2 MiB: where stderr is a file or a pipe it is not asked. */
export function isStderrTerminal(): boolean {
  try {
    return fstatSync(STDERR).isCharacterDevice() && process.stderr.isTTY
  } catch {
    return false
  }
}

// --- internal ---

function write(descriptor: number, text: string, patienceMs: number): void {
  let rest: Uint8Array = Buffer.from(text)
  let waitedMs = 0
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      if (!isFullPipe(error) || waitedMs >= patienceMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS)
      waitedMs += LOOK_AGAIN_MS
    }
  }
}

/** A pipe that somebody has made non-blocking, and whose reader is behind. */
function isFullPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
