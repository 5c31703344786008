import { invalid } from '../errors.ts'

/**
 * Reads a flag's number; its range is the operation's business.
 * @param orElse what else the flag takes, for the message: " or default"
 * @throws INVALID_INPUT unless the text is a whole number.
 */
export function wholeNumber(flag: string, text: string, orElse = ''): number {
  if (!/^\d{1,15}$/.test(text)) throw invalid(flag, `must be a whole number${orElse}`)
  return Number(text)
}

/** @throws INVALID_INPUT unless the text is a decimal number. */
export function decimal(flag: string, text: string): number {
  if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) throw invalid(flag, 'must be a number')
  return Number(text)
}

/** For a command that lists the newest of what may be a million rows. */
export const limitArg = {
  limit: { type: 'string', valueHint: 'n', description: 'The newest so many, at most 1000 (default: 50)' },
} as const

/** @throws as `wholeNumber` */
export function limitOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber('--limit', text)
}
