import type { AppError } from './errors.ts'

/**
 * Tells the operator of a defect, in one line on stderr.
 * @param where what was being done, in fixed words: a route's pattern, never the path or a header of a
 * request, which may hold a key.
 */
export function logFailure(where: string, error: unknown): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const frame = stack?.split('\n').find((line) => line.trim().startsWith('at '))
  console.error(`keyward: internal error in ${where}: ${name}: ${oneLine(message)} ${frame?.trim() ?? ''}`)
}

/** Tells the operator, in one line on stderr, of a refusal that nobody waits for: of a trigger's run, say. */
export function logRefusal(what: string, { message }: AppError): void {
  console.error(`keyward: ${what} was refused: ${oneLine(message)}`)
}

/** Tells the operator, in one line on stderr, of something to look after that is no failure of a request. */
export function logNotice(text: string): void {
  console.error(`keyward: ${text}`)
}

/** Anything that looks like a key is cut to what may be shown, whoever put it there. */
function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').replaceAll(/\b(wfk_|wf_live_|wf_test_|wfw_)\w+/g, '$1…')
}
