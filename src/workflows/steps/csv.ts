import type Papaparse from 'papaparse'

export type Csv = { columns: string[]; rows: Record<string, string>[] }

/** Each row is an object of all its cells: 10 MiB of short lines would be some gigabytes of them. */
const ROWS_MAX = 100_000

/** More could not be kept as an output (output-excess.ts), and to read them would hold the others. */
const CELLS_MAX = 200_000
const COLUMNS_MAX = 1000

/**
 * Reads CSV whose first line names the columns (RFC 4180); empty lines are passed over. Every cell is text.
 * @param delimiter null: found out from the first lines.
 * @throws SyntaxError, whose message reads after what was read: "has more than …".
 */
export function parseCsv(text: string, delimiter: string | null): Csv {
  // Here and not above: a server that reads no CSV need not carry it.
  const Papa: typeof Papaparse = require('papaparse')
  const common = { delimiter: delimiter ?? '', skipEmptyLines: true }
  const [head = []] = Papa.parse<string[]>(text, { ...common, preview: 1 }).data
  if (head.length > COLUMNS_MAX) throw new SyntaxError(`has more than ${COLUMNS_MAX} columns`)

  const rowsMax = Math.min(ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, head.length)))
  const parsed = Papa.parse<Record<string, string>>(text, { ...common, header: true, preview: rowsMax + 1 })
  // Lines that are too short or too long are common and harmless; open quotes change what all the rest means.
  if (parsed.errors.some(({ type }) => type === 'Quotes'))
    throw new SyntaxError('has a quote that is not closed')
  if (parsed.data.length > ROWS_MAX) throw new SyntaxError(`has more than ${ROWS_MAX} rows`)
  if (parsed.data.length > rowsMax) throw new SyntaxError(`has more than ${CELLS_MAX} cells`)
  return { columns: parsed.meta.fields ?? [], rows: parsed.data }
}
