import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The server under test and its load never share a core: half of what one measures would be the other. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

/** Linux counts CPU time in hundredths of a second, whatever its timer's frequency. */
const US_PER_TICK = 10_000

/** @returns the command pinned to a core, or as it was where there is only one core or no taskset. */
export function pinned(core: number, command: readonly string[]): string[] {
  return canPin() ? ['taskset', '-c', `${core}`, ...command] : [...command]
}

export function canPin(): boolean {
  return availableParallelism() > LOAD_CORE && Bun.which('taskset') !== null
}

/**
 * CPU time that all processes of the machine have used, in µs. Time that the hypervisor gave to a neighbour
 * ("steal") counts as well: it disturbs as much as a process of our own.
 */
export function machineCpuUs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync(
    '/proc/stat',
    'utf8',
  )
    .split('\n', 1)
    .join()
    .split(/\s+/)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * US_PER_TICK
}

/** CPU time of a process with all its threads, in µs; 0 once it has ended. */
export function processCpuUs(pid: number): number {
  const stat = readProc(pid, 'stat')
  // The second field is the program's name in brackets, which may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * US_PER_TICK
}

/** CPU time of this very process, in µs. */
export function ownCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Resident memory of a process in MiB. */
export function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status'))?.[1]
  return Number(kib ?? Number.NaN) / 1024
}

// --- internal ---

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
