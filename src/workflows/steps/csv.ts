import type { SlicedWork } from '../../lib/sliced-work.ts'
import { likelyDelimiter } from './csv-delimiter.ts'
import { linesOf } from './csv-lines.ts'

export type Csv = { columns: string[]; rows: CsvRow[] }

/** Cells by column. What is more than there are columns stands in a list under MORE_CELLS. */
type CsvRow = Record<string, string | string[]>

const MORE_CELLS = '__parsed_extra'

/** Each row is an object of all its cells: 10 MiB of short lines would be some gigabytes of them. */
const ROWS_MAX = 100_000

/** More could not be kept as an output (output-excess.ts), and to read them would hold the others. */
const CELLS_MAX = 200_000
const COLUMNS_MAX = 1000

/**
 * Reads CSV whose first line names the columns (RFC 4180); empty lines are passed over. Every cell is text. Of columns with
 * one name the second is name_1. Yields where others may have their turn, which no CSV library does.
 * @param delimiter null: found out from the first lines.
 * @throws SyntaxError, whose message reads after what was read: "has more than …".
 */
export function* readCsv(text: string, delimiter: string | null): SlicedWork<Csv> {
  const nextLine = linesOf(text, delimiter ?? (yield* likelyDelimiter(text)), COLUMNS_MAX)
  const columns = distinctNames((yield* nextLine()) ?? [])
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

function distinctNames(names: readonly string[]): string[] {
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
