import { getPriority, setPriority } from 'node:os'

/** Of -20 (first) to 19. A thread has a third of the time of one that is 5 before it and wants the same core. */
const BEHIND = 5
const LAST = 19

/**
 * From here on this thread waits for a core behind the process's others, such as the one that answers requests. On Linux alone,
 * where priority is a thread's own (setpriority(2), "C library/kernel differences"); elsewhere it is the whole process's.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, Math.min(LAST, getPriority(0) + BEHIND))
  } catch {
    // A sandbox around the process may forbid it: then it stays as it is.
  }
}
