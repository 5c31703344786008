import { wantsColor } from '../config.ts'
import { AppError } from '../errors.ts'
import { printable, printableJson } from '../lib/printable.ts'
import { stderr } from '../lib/standard-streams.ts'
import { storageFailure } from '../lib/storage-trouble.ts'
import { defectLine } from '../log.ts'
import { EXIT } from './exit-codes.ts'
import { flagOf } from './flag-of-field.ts'
import { NoServer } from './no-server.ts'
import { outputMode } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/**
 * Tells on stderr why a command failed: a line for each problem, or one JSON value with --json.
 * @param flags the flags and arguments of the command as they are typed, so that each problem is told with its flag's name.
 * @returns the exit code.
 */
export function report(error: unknown, flags: readonly string[]): number {
  if (isBrokenPipe(error)) return EXIT.refused
  const failure = failureOf(error, flags)
  if (outputMode().json) stderr.writeLine(printableJson(JSON.stringify({ error: failure }, null, 2)))
  else for (const line of linesOf(failure)) stderr.writeLine(wrappedOnTerminal(line))
  return failure.exitCode
}

// --- internal ---

type Failure = {
  /** One of the codes of errors.ts, USAGE, or INTERNAL for a defect. */
  code: string
  message: string
  problems: { flag: string | null; message: string }[]
  exitCode: number
}

function failureOf(error: unknown, flags: readonly string[]): Failure {
  if (error instanceof UsageError) {
    const problems = error.problems.map((message) => ({ flag: null, message }))
    return { code: 'USAGE', message: error.message, problems, exitCode: EXIT.usage }
  }
  if (error instanceof AppError) {
    const problems = error.problems.map(({ field, message }) => ({ flag: flagOf(field, flags), message }))
    const isOfFields = error.problems.some(({ field }) => error.message.startsWith(`${field} `))
    const message = isOfFields
      ? problems.map((problem) => `${problem.flag} ${problem.message}`).join('; ')
      : error.message
    const exitCode = error instanceof NoServer ? EXIT.noServer : EXIT.refused
    return { code: error.code, message, problems, exitCode }
  }
  const message = storageFailure(error)
  if (message !== null) return failureOf(new AppError('UNAVAILABLE', message), flags)
  return { code: 'INTERNAL', message: defectLine('the command', error), problems: [], exitCode: EXIT.refused }
}

function linesOf({ code, message, problems }: Failure): string[] {
  if (code === 'INTERNAL') return [message]
  const told = problems.map((problem) => [problem.flag, problem.message].filter(Boolean).join(' '))
  const label = wantsColor(process.stderr) ? '\u001b[31merror:\u001b[39m' : 'error:'
  const lines = told.join('; ') === message ? told : [message, ...told]
  return lines.map((line) => `${label} ${printable(line)}`)
}

/** In a pipe a line stays one line. */
function wrappedOnTerminal(line: string): string {
  const { isTTY, columns } = process.stderr
  return isTTY && columns > 0 ? Bun.wrapAnsi(line, columns) : line
}

/** Whoever read our output has seen enough, as `head` has: nothing to tell. */
function isBrokenPipe(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : null
  return cause instanceof Error && 'code' in cause && cause.code === 'EPIPE'
}
