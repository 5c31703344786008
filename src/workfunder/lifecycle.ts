import { AppError } from '../errors.ts'

export type TaskStatus =
  | 'pending'
  | 'funded'
  | 'posted'
  | 'assigned'
  | 'in_progress'
  | 'proof_submitted'
  | 'proof_rejected'
  | 'completed'
  | 'cancelled'
  | 'refunded'
  | 'disputed'

export type Actor = 'developer' | 'worker' | 'system' | 'operator'

export type Move = { from: TaskStatus; to: TaskStatus; by: readonly Actor[]; when: string }

/**
 * The life of a task: every move there is, and who makes it (facts/workfunder-api.md 2.1, with `posted` from
 * its section 9). All checks, the sandbox's way from state to state and the README's table come from here.
 */
export const MOVES: readonly Move[] = [
  {
    from: 'pending',
    to: 'funded',
    by: ['developer', 'system'],
    when: 'paid for; at once in the test environment',
  },
  { from: 'pending', to: 'cancelled', by: ['developer'], when: 'cancelled before it was paid for' },
  { from: 'funded', to: 'posted', by: ['system'], when: 'shown to workers' },
  { from: 'funded', to: 'cancelled', by: ['developer'], when: 'cancelled before a worker took it' },
  { from: 'posted', to: 'assigned', by: ['worker'], when: 'a worker accepted' },
  { from: 'posted', to: 'cancelled', by: ['developer'], when: 'cancelled before a worker took it' },
  { from: 'assigned', to: 'in_progress', by: ['worker'], when: 'the worker checked in' },
  {
    from: 'assigned',
    to: 'posted',
    by: ['worker', 'operator'],
    when: 'the worker gave it back, or was suspended',
  },
  { from: 'in_progress', to: 'proof_submitted', by: ['worker'], when: 'the worker submitted a proof' },
  {
    from: 'in_progress',
    to: 'posted',
    by: ['worker', 'operator'],
    when: 'the worker gave it back, or was suspended',
  },
  { from: 'proof_submitted', to: 'completed', by: ['developer', 'system'], when: 'the proof was approved' },
  {
    from: 'proof_submitted',
    to: 'proof_rejected',
    by: ['developer', 'system'],
    when: 'the proof was rejected',
  },
  {
    from: 'proof_submitted',
    to: 'disputed',
    by: ['developer', 'worker'],
    when: 'a dispute was opened in time',
  },
  { from: 'proof_rejected', to: 'in_progress', by: ['worker', 'system'], when: 'another attempt, at most 3' },
  { from: 'proof_rejected', to: 'posted', by: ['operator'], when: 'the worker was suspended' },
  { from: 'proof_rejected', to: 'refunded', by: ['system'], when: 'the third attempt was rejected' },
  { from: 'proof_rejected', to: 'disputed', by: ['worker'], when: 'a dispute was opened in time' },
  { from: 'completed', to: 'disputed', by: ['developer', 'worker'], when: 'a dispute was opened in time' },
  { from: 'cancelled', to: 'refunded', by: ['system'], when: 'what was paid went back' },
  { from: 'disputed', to: 'completed', by: ['operator'], when: 'resolved for the worker' },
  { from: 'disputed', to: 'refunded', by: ['operator'], when: 'resolved for the developer' },
]

/** @throws INVALID_STATE naming the state and the moves it allows, unless `actor` may make this move. */
export function refuseBadMove(from: TaskStatus, to: TaskStatus, actor: Actor): void {
  if (MOVES.some((move) => move.from === from && move.to === to && move.by.includes(actor))) return
  const allowed = MOVES.filter((move) => move.from === from).map((move) => move.to)
  const moves = allowed.length > 0 ? `it can become ${allowed.join(', ')}` : 'nothing can change it any more'
  throw new AppError('INVALID_STATE', `The task is ${from} and cannot become ${to}: ${moves}.`)
}

/** @returns the shortest way from state to state, or null where there is none. */
export function wayTo(from: TaskStatus, to: TaskStatus): Move[] | null {
  const ways: Move[][] = MOVES.filter((move) => move.from === from).map((move) => [move])
  const seen = new Set<TaskStatus>([from])
  for (const way of ways) {
    const end = way.at(-1)?.to
    if (end === to) return way
    if (end === undefined || seen.has(end)) continue
    seen.add(end)
    ways.push(...MOVES.filter((move) => move.from === end).map((move) => [...way, move]))
  }
  return null
}
