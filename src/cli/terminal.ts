import { AppError } from '../errors.ts'
import { printable, printableJson } from '../lib/printable.ts'
import { stderr, stdout } from '../lib/standard-streams.ts'

/** How this command prints; set once, from its command line. */
const mode = { json: false, plain: false }

/** Below this, text is no longer read but deciphered; a terminal that says 0 does not know its width. */
const COLUMNS_MIN = 20
const COLUMNS_UNKNOWN = 80

export function setOutputMode({ json, plain }: typeof mode): void {
  Object.assign(mode, { json, plain })
}

export function outputMode(): Readonly<typeof mode> {
  return mode
}

/** How wide the terminal is; null where stdout is not one. */
export function terminalColumns(): number | null {
  if (!process.stdout.isTTY) return null
  return Math.max(COLUMNS_MIN, process.stdout.columns || COLUMNS_UNKNOWN)
}

/** Data: a line to stdout. @throws UNAVAILABLE where it cannot be written there, with Node's error as the cause. */
export function print(line: string): void {
  printText(printable(line))
}

/** As `print`, for several lines, or coloured ones. Their parts were made printable before. */
export function printText(text: string): void {
  try {
    stdout.write(`${text}\n`)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error
    throw new AppError('UNAVAILABLE', `stdout cannot be written (${reason})`, [], { cause: error })
  }
}

/** All else: a line to stderr, so that stdout can be captured. With --json nothing: there stderr is for an error alone. */
export function tell(line: string): void {
  if (!mode.json) stderr.writeLine(printable(line))
}

/** One JSON value and nothing else on stdout. @throws as `print` does. */
export function printJson(value: unknown): void {
  printText(printableJson(JSON.stringify(value, null, 2)))
}

/** As `printJson`, on one line, for one value of many. */
export function printJsonLine(value: unknown): void {
  printText(printableJson(JSON.stringify(value)))
}

/** A time for people, to the second; "never" or the like where there is none. */
export function readableTime(iso: string | null, none: string): string {
  return iso === null ? none : `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`
}
