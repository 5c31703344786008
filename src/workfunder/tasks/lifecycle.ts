import { type taskMoves, tasks } from '../../db/schema/tasks.ts'
import { AppError } from '../../errors.ts'
import { isoTime } from '../../lib/instant.ts'

export const TASK_STATUSES = tasks.status.enumValues

export type TaskStatus = (typeof TASK_STATUSES)[number]

export type Actor = (typeof taskMoves.$inferSelect)['actor']

export type Move = { from: TaskStatus; to: TaskStatus; by: readonly Actor[]; when: string }

/**
 * The life of a task: every move there is, and who makes it (workfunder/README.md, "The life of a task"; `posted` from
 * "Webhooks"). All checks, the sandbox's way from state to state and the README's table come from here.
 */
export const MOVES: readonly Move[] = [
  {
    from: 'pending',
    to: 'funded',
    by: ['developer', 'system'],
    when: 'paid for; at once in the test environment',
  },
  {
    from: 'pending',
    to: 'cancelled',
    by: ['developer', 'system', 'operator'],
    when: 'cancelled before it was paid for, or the deadline passed',
  },
  { from: 'funded', to: 'posted', by: ['system'], when: 'shown to workers' },
  {
    from: 'funded',
    to: 'cancelled',
    by: ['developer', 'system', 'operator'],
    when: 'cancelled before a worker took it, or the deadline passed',
  },
  { from: 'posted', to: 'assigned', by: ['worker'], when: 'a worker accepted' },
  {
    from: 'posted',
    to: 'cancelled',
    by: ['developer', 'system', 'operator'],
    when: 'cancelled before a worker took it, or the deadline passed',
  },
  { from: 'assigned', to: 'in_progress', by: ['worker'], when: 'the worker checked in' },
  {
    from: 'assigned',
    to: 'posted',
    by: ['worker', 'operator'],
    when: 'the worker gave it back, or was suspended',
  },
  {
    from: 'assigned',
    to: 'cancelled',
    by: ['system', 'operator'],
    when: 'the deadline passed, or the operator cancelled it',
  },
  { from: 'in_progress', to: 'proof_submitted', by: ['worker'], when: 'the worker submitted a proof' },
  {
    from: 'in_progress',
    to: 'posted',
    by: ['worker', 'operator'],
    when: 'the worker gave it back, or was suspended',
  },
  {
    from: 'in_progress',
    to: 'cancelled',
    by: ['system', 'operator'],
    when: 'the deadline passed, or the operator cancelled it',
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
  { from: 'proof_submitted', to: 'cancelled', by: ['operator'], when: 'the operator cancelled it' },
  { from: 'proof_rejected', to: 'in_progress', by: ['worker', 'system'], when: 'another attempt, at most 3' },
  { from: 'proof_rejected', to: 'posted', by: ['operator', 'system'], when: 'the worker was suspended' },
  {
    from: 'proof_rejected',
    to: 'refunded',
    by: ['system'],
    when: 'the third attempt was rejected, or the deadline and the time for a dispute passed',
  },
  { from: 'proof_rejected', to: 'disputed', by: ['worker'], when: 'a dispute was opened in time' },
  { from: 'proof_rejected', to: 'cancelled', by: ['operator'], when: 'the operator cancelled it' },
  { from: 'completed', to: 'disputed', by: ['developer', 'worker'], when: 'a dispute was opened in time' },
  { from: 'cancelled', to: 'refunded', by: ['system'], when: 'what was paid went back' },
  { from: 'disputed', to: 'completed', by: ['operator'], when: 'resolved for the worker' },
  { from: 'disputed', to: 'refunded', by: ['operator'], when: 'resolved for the developer' },
]

/** @throws INVALID_STATE naming the state and the moves it allows, unless `actor` may make this move. */
export function refuseBadMove(from: TaskStatus, to: TaskStatus, actor: Actor): void {
  const asked = moveOf(from, to)
  if (asked?.by.includes(actor)) return
  const others = MOVES.filter((move) => move.from === from && move !== asked).map((move) => move.to)
  const facts = [
    ...(others.length > 0 ? [`it can become ${others.join(', ')}`] : []),
    ...(asked ? [`only ${asked.by.join(' or ')} may make that move`] : []),
  ]
  const why = facts.join('; ') || 'nothing can change it any more'
  throw new AppError('INVALID_STATE', `The task is ${from} and cannot become ${to}: ${why}.`)
}

/** Who makes a move first of all. @throws a plain Error where there is no such move. */
export function usualActor(from: TaskStatus, to: TaskStatus): Actor {
  const actor = moveOf(from, to)?.by[0]
  if (!actor) throw new Error(`no move leads from ${from} to ${to}`)
  return actor
}

/** What is part of doing the task, which is over at its deadline. Judging what was done goes on after it. */
const BEFORE_DEADLINE: readonly TaskStatus[] = ['funded', 'assigned', 'in_progress', 'proof_submitted']

/** Whether a task may no longer come into a state, because its deadline has passed at `at`, in ms. */
export function isTooLate({ deadline }: { deadline: number | null }, to: TaskStatus, at: number): boolean {
  return deadline !== null && at >= deadline && BEFORE_DEADLINE.includes(to)
}

/** @throws INVALID_STATE naming the deadline, where `isTooLate`. */
export function refuseLateMove(task: { deadline: number | null }, to: TaskStatus, at: number): void {
  if (!isTooLate(task, to, at)) return
  throw new AppError('INVALID_STATE', `The deadline of the task has passed: ${isoTime(task.deadline)}.`)
}

/**
 * @param isBarred whether a task may not come into a state at the moment; left out: it may come into each
 * @returns the shortest way from state to state, through a dispute only where no other leads there (a rejected proof is
 * followed by another attempt), through a barred state only where all lead there, or null where there is none.
 */
export function wayTo(
  from: TaskStatus,
  to: TaskStatus,
  isBarred: (to: TaskStatus) => boolean = () => false,
): Move[] | null {
  const open = MOVES.filter((move) => !isBarred(move.to))
  const undisputed = open.filter((move) => move.from !== 'disputed' || from === 'disputed')
  return shortestWay(undisputed, from, to) ?? shortestWay(open, from, to) ?? shortestWay(MOVES, from, to)
}

// --- internal ---

function shortestWay(moves: readonly Move[], from: TaskStatus, to: TaskStatus): Move[] | null {
  const ways: Move[][] = moves.filter((move) => move.from === from).map((move) => [move])
  const seen = new Set<TaskStatus>([from])
  for (const way of ways) {
    const end = way.at(-1)?.to
    if (end === to) return way
    if (end === undefined || seen.has(end)) continue
    seen.add(end)
    ways.push(...moves.filter((move) => move.from === end).map((move) => [...way, move]))
  }
  return null
}

function moveOf(from: TaskStatus, to: TaskStatus): Move | undefined {
  return MOVES.find((move) => move.from === from && move.to === to)
}
