import { invalid } from '../errors.ts'

/** Over the admin socket comes whatever the other end sends. @throws INVALID_INPUT for what is no text */
export function textField(field: string, value: string): string {
  if (typeof value !== 'string') throw invalid(field, 'must be a text')
  return value
}

/** As `textField`; left out: it stays so. */
export function optionalText(field: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : textField(field, value)
}

/** What is looked for, without the space around it; nothing: it asks for nothing. @throws INVALID_INPUT */
export function searchText(value: string | undefined): string | undefined {
  const text = optionalText('search', value)?.trim() ?? ''
  if (text.length > SEARCH_CHARS_MAX)
    throw invalid('search', `must be at most ${SEARCH_CHARS_MAX} characters`)
  return text === '' ? undefined : text
}

// --- internal ---

/** As long as any name or title is. */
const SEARCH_CHARS_MAX = 200
