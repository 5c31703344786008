/**
 * What would put a line out of its place on a terminal: control characters, those that C1 and escape sequences begin with
 * among them, ends of lines, and what changes the direction of writing. Joiners and the like stay: names and emoji need them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** What clients sent and stored may be anything: on a terminal it is one line, and forges no other. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\uFFFD')
}

/** As `printable`, for text that is JSON: the same value, in its own escapes; its line feeds stay. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
