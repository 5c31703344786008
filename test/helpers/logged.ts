import { stderr } from '../../src/lib/standard-streams.ts'
import { setLogMode } from '../../src/log.ts'

/** Does something and keeps to itself what is told the operator meanwhile. */
export async function loggedDuring<T>(work: () => T | Promise<T>): Promise<{ told: string[]; result: T }> {
  const told: string[] = []
  const original = stderr.writeLine
  stderr.writeLine = (line) => void told.push(line)
  try {
    return { result: await work(), told }
  } finally {
    stderr.writeLine = original
  }
}

/** What is told the operator while something is done that waits for nothing. */
export function toldDuring(work: () => void): string[] {
  const told: string[] = []
  const original = stderr.writeLine
  stderr.writeLine = (line) => void told.push(line)
  try {
    work()
    return told
  } finally {
    stderr.writeLine = original
  }
}

/** The same as JSON, each line read. */
export function jsonToldDuring(work: () => void): Record<string, unknown>[] {
  setLogMode({ format: 'json', level: 'info' })
  try {
    return toldDuring(work).map((line) => JSON.parse(line))
  } finally {
    setLogMode({ format: 'text', level: 'info' })
  }
}
