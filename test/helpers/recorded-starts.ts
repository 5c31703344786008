import type { Run, RunStart, StartRun } from '../../src/workflows/runs/run.ts'

/** Stands at the edge where runs are made: writes down each start, and gives back a run that has begun. */
export function recordedStarts() {
  const starts: RunStart[] = []
  let failures: Error[] = []
  const startRun: StartRun = async (start) => {
    const failure = failures.shift()
    if (failure) throw failure
    starts.push(start)
    return runOf(start)
  }
  return {
    starts,
    startRun,
    /** The next starts fail, one with each of these. */
    failNext(...errors: Error[]) {
      failures = errors
    },
  }
}

function runOf(start: RunStart): Run {
  const { maxExecutionTimeMs: _, ...known } = start
  return {
    ...known,
    id: crypto.randomUUID(),
    workflowVersion: 1,
    status: 'pending',
    output: null,
    isOutputApart: false,
    error: null,
    requestHash: null,
    deadlineAt: null,
    engineRunId: null,
    attempt: 1,
    restartedFrom: null,
    restartedAtStep: null,
    createdAt: 0,
    startedAt: null,
    completedAt: null,
  }
}
