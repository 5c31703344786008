import type { LogLevel } from '../steps/step-work.ts'
import type { RunError } from './run.ts'

/**
 * What one attempt of a step did, as the engine keeps it. The values of secrets stand in it as markers
 * (workflows/steps/secret-mask.ts), which only this installation can turn back.
 */
export type StepResult = {
  /** Where in the run: the step's id, with the iterations around it: "each[3]/send". */
  key: string
  stepId: string
  status: 'completed' | 'failed'
  /** The config with its templates resolved. */
  input: unknown
  /** Of a failed step that the run continues after: its fallback. */
  output: unknown
  error: RunError | null
  /** Whether another attempt may change it. */
  mayRetry: boolean
  /** Of a failed step: it came to its own end, and the run went on after it, as its strategy says. */
  wentOn?: true
  /** From 1. */
  attempt: number
  startedAt: number
  completedAt: number
  logs: LogLine[]
}

export type LogLine = { level: LogLevel; message: string; at: number }

/** The names under which the engine keeps what a step leaves; no step's id holds these signs. */
export const recordNames = {
  begin: (key: string) => `${key}:begin`,
  attempt: (key: string, attempt: number) => `${key}#${attempt}`,
  wait: (key: string) => `${key}:wait`,
  timeout: (key: string) => `${key}:timeout`,
  backoff: (key: string, attempt: number) => `${key}~${attempt}`,
}

export type RecordKind = 'begin' | 'attempt' | 'wait' | 'backoff'

/** Takes such a name apart. `attempt` counts from 1; that of a backoff is the one that failed. */
export function readRecordName(name: string): { key: string; kind: RecordKind; attempt: number } {
  const at = Math.max(name.lastIndexOf('#'), name.lastIndexOf('~'), name.lastIndexOf(':'))
  const [key, sign, rest] = [name.slice(0, at), name[at], name.slice(at + 1)]
  if (sign === ':') return { key, kind: rest === 'begin' ? 'begin' : 'wait', attempt: 1 }
  return { key, kind: sign === '#' ? 'attempt' : 'backoff', attempt: Number(rest) }
}

/** The keys of the loops and parallels around a step, the innermost first: "a[0]/b" and "a" of "a[0]/b[3]/c". */
export function containersOf(key: string): string[] {
  return [...key.matchAll(/\[\d+\]\//g)].map(({ index }) => key.slice(0, index)).reverse()
}

/** The prefix of a step's key, which it has in common with the steps beside it: "a[0]/" of "a[0]/b". */
export function scopeOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/** The id of the step that a key stands for. */
export function stepIdOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}
