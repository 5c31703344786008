import type { StepAttempt } from 'openworkflow/internal'
import type { RecordHistory } from './record-history.ts'

export type Histories = ReturnType<typeof createHistories>

/**
 * What openworkflow reads of a run when an execution begins, and keeps to itself: what the executions before have
 * recorded. Noted on its way, it need not be read a second time.
 */
export function createHistories() {
  const read = new Map<string, { rows: number; names: Set<string> }>()

  return {
    /** One page of what was read. @param isFirst the first page of an execution */
    note(engineRunId: string, attempts: readonly StepAttempt[], isFirst: boolean): void {
      const history = (isFirst ? undefined : read.get(engineRunId)) ?? { rows: 0, names: new Set() }
      history.rows += attempts.length
      for (const attempt of attempts) if (isKept(attempt)) history.names.add(attempt.stepName)
      read.set(engineRunId, history)
    },

    /** What was read for the execution that begins now. */
    take(engineRunId: string): RecordHistory {
      const history = read.get(engineRunId) ?? { rows: 0, names: new Set() }
      read.delete(engineRunId)
      return history
    },
  }
}

// --- internal ---

/** A step that was cut off is recorded anew; one that is done, or waits, is found. */
function isKept({ status, kind }: StepAttempt): boolean {
  return status === 'completed' || status === 'succeeded' || (status === 'running' && kind === 'signal-wait')
}
