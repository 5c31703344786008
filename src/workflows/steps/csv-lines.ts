import { createPace, type SlicedWork } from '../../lib/sliced-work.ts'

/** The text ends in a quoted cell. */
export class OpenQuote extends SyntaxError {}

/**
 * The lines of CSV (RFC 4180).
 * @returns what reads the cells of the next line that is not empty; null: the text is over.
 */
export function linesOf(
  text: string,
  delimiter: string,
  columnsMax: number,
): () => SlicedWork<string[] | null> {
  const pace = createPace()
  let at = 0

  return function* nextLine() {
    while (at < text.length) {
      const line = yield* cells()
      if (line.length > 1 || line[0] !== '') return line
    }
    return null
  }

  function* cells(): SlicedWork<string[]> {
    const line: string[] = []
    for (;;) {
      const start = at
      line.push(text[at] === QUOTE ? quoted() : plain())
      if (line.length > columnsMax) throw new SyntaxError(`has more than ${columnsMax} columns`)
      if (pace(at - start + CELL_COST)) yield
      if (text[at] !== delimiter) break
      at++
    }
    at += text.startsWith('\r\n', at) ? 2 : 1
    return line
  }

  function plain(): string {
    const start = at
    while (!isEnd()) {
      at++
      if (at - start > CELL_CHARS_MAX) throw tooLong()
    }
    return text.slice(start, at)
  }

  /** Two quotes in it are one. Spaces may follow the last. */
  function quoted(): string {
    const start = at + 1
    let end = text.indexOf(QUOTE, start)
    while (end !== -1 && text[end + 1] === QUOTE && end - start <= CELL_CHARS_MAX)
      end = text.indexOf(QUOTE, end + 2)
    if (end - start > CELL_CHARS_MAX) throw tooLong()
    at = end + 1
    while (text[at] === ' ' && delimiter !== ' ') at++
    // Where it ends decides what all the rest means.
    if (end === -1) throw new OpenQuote(OPEN_QUOTE)
    if (!isEnd()) throw new SyntaxError(OPEN_QUOTE)
    return text.slice(start, end).replaceAll('""', QUOTE)
  }

  function isEnd(): boolean {
    const char = text[at]
    return char === undefined || char === delimiter || char === '\n' || char === '\r'
  }
}

// --- internal ---

const QUOTE = '"'

/** Read in one go: one of nothing but quotes in 30 ms. */
const CELL_CHARS_MAX = 512 * 1024

const OPEN_QUOTE = 'has a quote that is not closed'

/** What a cell costs besides its characters, in characters that are gone through. */
const CELL_COST = 50

function tooLong(): SyntaxError {
  return new SyntaxError(`has a cell of more than ${CELL_CHARS_MAX} characters`)
}
