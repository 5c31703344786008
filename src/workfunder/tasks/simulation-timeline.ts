import type { TaskStatus } from './lifecycle.ts'
import type { Task } from './task.ts'

/** What `metadata.simulate` of a test task may ask for; without it the task is done at the first attempt. */
export const SIMULATIONS = [
  'no_worker',
  'proof_rejected_once',
  'proof_rejected',
  'gps_out_of_range',
  'worker_cancels',
  'dispute',
] as const

export type Simulation = (typeof SIMULATIONS)[number]

/** What the simulated worker (or reviewer) does next, and how long after the last move, in ms at pace 1. */
export type Step = { to: TaskStatus; afterMs: number }

/** From funding to completion 30 s, if nothing goes wrong. */
const AFTER_MS = {
  posted: 1000,
  assigned: 4000,
  in_progress: 5000,
  proof_submitted: 10_000,
  review: 10_000,
} as const

/**
 * The sandbox's timeline, as a function of where a task stands, so that it survives any restart.
 * @param timesPosted how often the task has been shown to workers
 * @returns null where the task stays as it is until someone else moves it.
 */
export function nextStep(task: Task, timesPosted: number): Step | null {
  const simulate = simulationOf(task)
  switch (task.status) {
    case 'funded':
      return { to: 'posted', afterMs: AFTER_MS.posted }
    case 'posted':
      return simulate === 'no_worker' ? null : { to: 'assigned', afterMs: AFTER_MS.assigned }
    case 'assigned': {
      const givesBack = simulate === 'worker_cancels' && timesPosted === 1
      return { to: givesBack ? 'posted' : 'in_progress', afterMs: AFTER_MS.in_progress }
    }
    case 'in_progress':
      return { to: 'proof_submitted', afterMs: AFTER_MS.proof_submitted }
    case 'proof_submitted':
      return { to: verdictOn(task, simulate), afterMs: AFTER_MS.review }
    case 'proof_rejected':
      return { to: 'in_progress', afterMs: AFTER_MS.in_progress }
    default:
      return null
  }
}

/** Whether the simulated worker is where the task is. */
export function isInRange(task: Task): boolean {
  return simulationOf(task) !== 'gps_out_of_range'
}

// --- internal ---

function simulationOf({ metadata }: Task): Simulation | null {
  return SIMULATIONS.find((simulation) => simulation === metadata.simulate) ?? null
}

function verdictOn(task: Task, simulate: Simulation | null): TaskStatus {
  if (simulate === 'dispute') return 'disputed'
  if (simulate === 'proof_rejected' || simulate === 'gps_out_of_range') return 'proof_rejected'
  if (simulate === 'proof_rejected_once' && task.proofAttempts === 1) return 'proof_rejected'
  return 'completed'
}
