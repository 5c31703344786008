import { createPace, type SlicedWork } from '../../lib/sliced-work.ts'

export type Csv = { columns: string[]; rows: CsvRow[] }

/** Cells by column. What is more than there are columns stands in a list under MORE_CELLS. */
type CsvRow = Record<string, string | string[]>

const MORE_CELLS = '__parsed_extra'

/** Each row is an object of all its cells: 10 MiB of short lines would be some gigabytes of them. */
const ROWS_MAX = 100_000

/** More could not be kept as an output (output-excess.ts), and to read them would hold the others. */
const CELLS_MAX = 200_000
const COLUMNS_MAX = 1000

/** Read in one go: one of nothing but quotes in 30 ms. */
const CELL_CHARS_MAX = 512 * 1024

/**
 * Reads CSV whose first line names the columns (RFC 4180); empty lines are passed over. Every cell is text. Of columns with
 * one name the second is name_1. Yields where others may have their turn, which no CSV library does: the one that was here
 * split the whole text, once for each delimiter that it tried.
 * @param delimiter null: found out from the first lines.
 * @throws SyntaxError, whose message reads after what was read: "has more than …".
 */
export function* readCsv(text: string, delimiter: string | null): SlicedWork<Csv> {
  const nextLine = linesOf(text, delimiter ?? (yield* likelyDelimiter(text)), COLUMNS_MAX)
  const columns = distinct((yield* nextLine()) ?? [])
  const rows: CsvRow[] = []
  let cells = 0
  for (let line = yield* nextLine(); line !== null; line = yield* nextLine()) {
    if (rows.length === ROWS_MAX) throw new SyntaxError(`has more than ${ROWS_MAX} rows`)
    cells += line.length
    if (cells > CELLS_MAX) throw new SyntaxError(`has more than ${CELLS_MAX} cells`)
    rows.push(rowOf(columns, line))
  }
  return { columns, rows }
}

// --- internal ---

const QUOTE = '"'

/** @returns what reads the cells of the next line that is not empty; then null: the text is over. */
function linesOf(text: string, delimiter: string, columnsMax: number): () => SlicedWork<string[] | null> {
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

const OPEN_QUOTE = 'has a quote that is not closed'

/** The text ends in a quoted cell. */
class OpenQuote extends SyntaxError {}

/** What a cell costs besides its characters, as as many of them. */
const CELL_COST = 50

function tooLong(): SyntaxError {
  return new SyntaxError(`has a cell of more than ${CELL_CHARS_MAX} characters`)
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set(names)
  const uses = new Map<string, number>()
  return names.map((name) => {
    let used = uses.get(name) ?? 0
    let own = name
    if (used > 0) for (own = `${name}_${used}`; taken.has(own); own = `${name}_${used}`) used++
    uses.set(name, used + 1)
    taken.add(own)
    return own
  })
}

function rowOf(columns: readonly string[], line: readonly string[]): CsvRow {
  const cells: [string, string | string[]][] = columns
    .slice(0, line.length)
    .map((name, i) => [name, line[i] ?? ''])
  if (line.length > columns.length) cells.push([MORE_CELLS, line.slice(columns.length)])
  return Object.fromEntries(cells)
}

const DELIMITERS = [',', '\t', '|', ';', '\x1e', '\x1f']

/** So much of a text shows what delimits its cells. */
const HEAD_CHARS = 64 * 1024
const HEAD_LINES = 10

/** How a delimiter cuts the first lines. */
type Cut = { delimiter: string; columns: number; cells: number; changes: number }

/**
 * @returns what breaks no quotes and cuts the first lines into at least two cells each, and into the same number everywhere;
 * else a comma; where that breaks quotes, what at least cuts the names of the columns, since lines may be too short.
 */
function* likelyDelimiter(text: string): SlicedWork<string> {
  const isCut = text.length > HEAD_CHARS
  const head = isCut ? text.slice(0, text.lastIndexOf('\n', HEAD_CHARS) + 1 || HEAD_CHARS) : text
  const cuts: Cut[] = []
  for (const delimiter of DELIMITERS) {
    const counts = yield* cellCounts(head, delimiter, isCut)
    if (counts !== null) cuts.push(cutOf(delimiter, counts))
  }
  const byChanges = (a: Cut, b: Cut) => a.changes - b.changes || b.cells - a.cells
  const [regular] = cuts.filter(({ cells }) => cells > 1.99).toSorted(byChanges)
  if (regular) return regular.delimiter
  if (cuts.some(({ delimiter }) => delimiter === ',')) return ','
  const [spare] = cuts.filter(({ columns }) => columns > 1).toSorted((a, b) => b.cells - a.cells)
  return spare?.delimiter ?? ','
}

function cutOf(delimiter: string, counts: readonly number[]): Cut {
  return {
    delimiter,
    columns: counts[0] ?? 0,
    cells: counts.reduce((sum, count) => sum + count, 0) / counts.length,
    changes: counts.reduce((sum, count, i) => sum + Math.abs(count - (counts[i - 1] ?? count)), 0),
  }
}

/** @returns those of the first lines; null: this delimiter breaks quotes, and the few lines before would look too regular. */
function* cellCounts(head: string, delimiter: string, isCut: boolean): SlicedWork<number[] | null> {
  const nextLine = linesOf(head, delimiter, Number.POSITIVE_INFINITY)
  const counts: number[] = []
  try {
    // Quotes may break in any line.
    for (let line = yield* nextLine(); line; line = yield* nextLine())
      if (counts.length < HEAD_LINES) counts.push(line.length)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // The cell may go on behind the head, and be closed there.
    return isCut && error instanceof OpenQuote ? counts : null
  }
  return counts
}
