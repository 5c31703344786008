import { closeSync, openSync } from 'node:fs'

/** How many files and connections this process may have open; the system may know of no limit. */
export function openFilesMax(): number {
  const { soft } = (process.report.getReport() as Report).userLimits?.open_files ?? {}
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}

/**
 * @param count files that are about to be opened where that must not fail
 * @throws Node's error with code EMFILE where so many more cannot be open
 */
export function refuseWithoutRoom(count: number): void {
  const tried: number[] = []
  try {
    while (tried.length < count) tried.push(openSync('/dev/null', 'r'))
  } finally {
    for (const file of tried) closeSync(file)
  }
}

// --- internal ---

type Report = { userLimits?: { open_files?: { soft: unknown } } }
