import { setPriority } from 'node:os'

/** Of -20 to 19, 0 is usual. A thread of 5 has a third of the time of a usual one that wants the same core. */
const NICE = 5

/**
 * From here on this thread waits for a core behind those of usual priority, such as the one that answers requests. On Linux
 * alone, where priority is a thread's own (setpriority(2), "C library/kernel differences"); elsewhere it is the whole process's.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, NICE)
  } catch {
    // A sandbox around the process may forbid it: then it stays as it is.
  }
}
