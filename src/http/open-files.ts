import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'

/** @returns how many files this process may have open, connections among them; null where the system does not tell. */
export function openFilesMax(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? []
    return soft === undefined ? null : Number(soft)
  } catch {
    return null
  }
}

/**
 * Whether at least so many files are open, in a few µs: the system gives a new file the lowest number that is
 * free. While some lower one is free too it answers no, until that is taken.
 */
export function areOpen(files: number): boolean {
  try {
    const lowestFree = openSync('/dev/null', 'r')
    closeSync(lowestFree)
    return lowestFree >= files
  } catch {
    return true
  }
}

/** @returns how many files are open, in about 0.5 µs for each; null where it cannot be told, for want of one more. */
export function countOpenFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}
