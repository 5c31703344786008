import type { AppError } from './errors.ts'
import { stderr } from './lib/standard-streams.ts'
import { type StorageTrouble, storageTrouble } from './lib/storage-trouble.ts'

/** While a disk is full, each request would be a line. */
const TROUBLE_EVERY_MS = 60_000
const told = new Set<StorageTrouble>()

/**
 * Tells the operator of a defect, in one line on stderr. Trouble with storage is not a defect: it is told once a
 * minute, wherever it occurs.
 * @param where what was being done, in fixed words: a route's pattern, never the path or a header of a
 * request, which may hold a key.
 */
export function logFailure(where: string, error: unknown): void {
  const trouble = storageTrouble(error)
  if (trouble) logTrouble(trouble, where)
  else stderr.writeLine(defectLine(where, error))
}

/** @returns one line about a defect, without a key in it. */
export function defectLine(where: string, error: unknown): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const frame = stack?.split('\n').find((line) => line.trim().startsWith('at '))
  return `keyward: internal error in ${where}: ${name}: ${oneLine(message)} ${frame?.trim() ?? ''}`
}

/** Tells the operator, in one line on stderr, of a refusal that nobody waits for: of a trigger's run, say. */
export function logRefusal(what: string, { message }: AppError): void {
  stderr.writeLine(`keyward: ${what} was refused: ${oneLine(message)}`)
}

/** Tells the operator what to know and perhaps to do, in one line on stderr. */
export function logWarning(message: string): void {
  stderr.writeLine(`warning: ${message}`)
}

/** Tells the operator that a file of the data folder is not where it was, or, with null, that it is back. */
export function logLoss(file: string | null): void {
  stderr.writeLine(
    file === null
      ? 'keyward: the data folder is whole again'
      : `keyward: ${file} was deleted or replaced while in use: nothing is stored until it is back; else restart on a backup`,
  )
}

function logTrouble(trouble: StorageTrouble, where: string): void {
  if (told.has(trouble)) return
  told.add(trouble)
  setTimeout(() => told.delete(trouble), TROUBLE_EVERY_MS).unref()
  stderr.writeLine(`keyward: ${trouble}: what must be stored is refused or waits (met in ${where})`)
}

/** Tells the operator, in one line on stderr, of something to look after that is no failure of a request. */
export function logNotice(text: string): void {
  stderr.writeLine(`keyward: ${text}`)
}

/** Anything that looks like a key is cut to what may be shown, whoever put it there. */
function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').replaceAll(/\b(wfk_|wf_live_|wf_test_|wfw_)\w+/g, '$1…')
}
