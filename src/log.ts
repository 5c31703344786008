import { hostTime } from './clock.ts'
import type { AppError } from './errors.ts'
import { printable } from './lib/printable.ts'
import { stderr } from './lib/standard-streams.ts'
import { DAMAGED, isDamaged, storageTrouble } from './lib/storage-trouble.ts'

/** The most urgent first. */
export const LOG_LEVELS = ['error', 'warn', 'info'] as const
export const LOG_FORMATS = ['text', 'json'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFormat = (typeof LOG_FORMATS)[number]

/** What is told beside the words, for whoever searches: a request's id, a count. Left out where undefined. */
export type LogFields = Readonly<Record<string, string | number | null | undefined>>

type LogEntry = {
  level: LogLevel
  /** What kind of thing it is, in fixed words: auth.refused */
  event: string
  message: string
  fields?: LogFields
}

/** How this process tells; set once, from the settings of `serve`. Commands tell people, in text. */
const mode: { format: LogFormat; level: LogLevel } = { format: 'text', level: 'info' }

export function setLogMode(next: typeof mode): void {
  Object.assign(mode, next)
}

/** While a disk is full, each request would be a line. */
const TROUBLE_EVERY_MS = 60_000
const told = new Set<string>()

/**
 * Tells the operator of a defect, in one line. Trouble with storage is not a defect: it is told once a minute, wherever
 * it occurs.
 * @param where what was being done, in fixed words: a route's pattern, never the path or a header of a
 * request, which may hold a key.
 */
export function logFailure(where: string, error: unknown, fields?: LogFields): void {
  const trouble = storageTrouble(error)
  if (trouble) logTrouble(`${trouble}: what must be stored is refused or waits`, where)
  else if (isDamaged(error)) logTrouble(DAMAGED, where)
  else
    write({
      level: 'error',
      event: 'failure',
      message: defectLine(where, error),
      fields: { where, ...fields },
    })
}

/** @returns one line about a defect, without a key in it. */
export function defectLine(where: string, error: unknown): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const frame = stack?.split('\n').find((line) => line.trim().startsWith('at '))
  return `keyward: internal error in ${where}: ${name}: ${oneLine(message)} ${frame?.trim() ?? ''}`
}

/** Tells the operator of a refusal that nobody waits for: of a trigger's run, say. */
export function logRefusal(what: string, { message }: AppError): void {
  write({ level: 'warn', event: 'refusal', message: `keyward: ${what} was refused: ${message}` })
}

/** Tells the operator what to know and perhaps to do. */
export function logWarning(message: string): void {
  write({ level: 'warn', event: 'warning', message: `warning: ${message}` })
}

/** As `logWarning`, for a line that says itself what it is. */
export function logNote(message: string): void {
  write({ level: 'warn', event: 'note', message })
}

/** Tells the operator that a file of the data folder is not where it was, or, with null, that it is back. */
export function logLoss(file: string | null): void {
  const message =
    file === null
      ? 'keyward: the data folder is whole again'
      : `keyward: ${file} was deleted or replaced while in use, or cannot be seen: nothing is stored until it is back; else restart on a backup`
  write({ level: 'error', event: 'data.lost', message })
}

/** Tells the operator of something to look after that is no failure of a request. */
export function logNotice(text: string): void {
  write({ level: 'warn', event: 'notice', message: `keyward: ${text}` })
}

/** Tells what goes as it should. @param event in fixed words: server.started */
export function logEvent(event: string, text: string, fields?: LogFields): void {
  write({ level: 'info', event, message: `keyward: ${text}`, fields })
}

// --- internal ---

function logTrouble(trouble: string, where: string): void {
  if (told.has(trouble)) return
  told.add(trouble)
  setTimeout(() => told.delete(trouble), TROUBLE_EVERY_MS).unref()
  const message = `keyward: ${trouble} (met in ${where})`
  write({ level: 'error', event: 'storage', message, fields: { where } })
}

/** The one place where the log is written: nothing that looks like a key, or that breaks a line, leaves it. */
function write({ level, event, message, fields = {} }: LogEntry): void {
  if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(mode.level)) return
  const text = oneLine(message)
  stderr.writeLine(mode.format === 'text' ? text : jsonLine(text, { level, event, fields }))
}

function jsonLine(text: string, { level, event, fields }: Required<Omit<LogEntry, 'message'>>): string {
  const own = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? oneLine(value) : value,
  ])
  const head = { time: hostTime(), level, event, message: text.replace(/^(keyward|warning|note): /, '') }
  return JSON.stringify({ ...head, ...Object.fromEntries(own) })
}

/** Anything that looks like a key is cut to what may be shown, whoever put it there, as it stands in a path too. */
function oneLine(message: string): string {
  return printable(message.replaceAll(/\s+/g, ' ')).replaceAll(
    /(wfk|wfw|wf(?:_|%5f)(?:live|test))(_|%5f)\w+/gi,
    '$1$2…',
  )
}
