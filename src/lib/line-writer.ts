import { write } from 'node:fs'

/** Writes lines from another thread, one piece at a time: who reads slowly, or has stopped reading, holds nobody up. */
export type LineWriter = { writeLine(line: string): void }

/** How many lines wait for a slow reader; what comes then is left out, and counted. */
const WAITING_MAX = 1000

/** @param descriptor an open file, as 1 for stdout. What cannot be written there is dropped. */
export function createLineWriter(descriptor: number): LineWriter {
  let waiting: string[] = []
  let leftOut = 0
  let isWriting = false

  function writeAll(): void {
    if (leftOut > 0) waiting.push(`(${leftOut} lines are left out here)`)
    const bytes = Buffer.from(waiting.map((line) => `${line}\n`).join(''))
    waiting = []
    leftOut = 0
    isWriting = true
    writeFrom(bytes)
  }

  function writeFrom(bytes: Buffer): void {
    write(descriptor, bytes, (error, written) => {
      if (!error && written < bytes.length) return writeFrom(bytes.subarray(written))
      isWriting = false
      if (waiting.length > 0) writeAll()
    })
  }

  return {
    writeLine(line) {
      if (waiting.length >= WAITING_MAX) leftOut += 1
      else waiting.push(line)
      if (!isWriting) writeAll()
    },
  }
}
