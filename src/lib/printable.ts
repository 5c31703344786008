/**
 * Characters that would break a line on a terminal: control characters, with which escape sequences begin too, line ends, and
 * what changes the direction of writing. Joiners and the like stay: names and emoji need them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** What clients sent and stored may be anything. On a terminal it is shown as one line, and can forge no other. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\uFFFD')
}

/** As `printable`, for JSON: such characters are escaped, so the value stays the same. Line feeds between values stay too. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
