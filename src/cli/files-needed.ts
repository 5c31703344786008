import { AppError } from '../errors.ts'
import { openFilesMax } from '../lib/open-files.ts'

/** A server whose threads have all started has 38 to 42 files open; the rest is for connections and what they ask for. */
const FILES_LEAST = 64

/** @throws UNAVAILABLE where the system allows for fewer files than a server needs: it would end in the middle of its work. */
export function refuseFewFiles(): void {
  const max = openFilesMax()
  if (max === null || max >= FILES_LEAST) return
  throw new AppError(
    'UNAVAILABLE',
    `a server needs ${FILES_LEAST} open files at least, and this one may have ${max}; raise the limit with ulimit -n`,
  )
}
