import { stderr } from '../../src/lib/standard-streams.ts'

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
