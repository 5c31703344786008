import type { SlicedWork } from '../../lib/sliced-work.ts'
import { linesOf, OpenQuote } from './csv-lines.ts'

const DELIMITERS = [',', '\t', '|', ';', '\x1e', '\x1f']

/** So much of a text shows what delimits its cells. */
const HEAD_CHARS = 64 * 1024
const HEAD_LINES = 10

/**
 * @returns what breaks no quotes and splits the first lines into two cells on average or more, and most evenly;
 * else a comma; where that breaks quotes, what at least splits the names of the columns, since lines may be too short.
 */
export function* likelyDelimiter(text: string): SlicedWork<string> {
  const isPart = text.length > HEAD_CHARS
  const head = isPart ? text.slice(0, text.lastIndexOf('\n', HEAD_CHARS) + 1 || HEAD_CHARS) : text
  const splits: Split[] = []
  for (const delimiter of DELIMITERS) {
    const counts = yield* cellCounts(head, delimiter, isPart)
    if (counts !== null) splits.push(splitOf(delimiter, counts))
  }
  const evenly = (a: Split, b: Split) => a.changes - b.changes || b.meanCells - a.meanCells
  const [even] = splits.filter(({ meanCells }) => meanCells >= 2).toSorted(evenly)
  if (even) return even.delimiter
  if (splits.some(({ delimiter }) => delimiter === ',')) return ','
  const [spare] = splits.filter(({ columns }) => columns > 1).toSorted((a, b) => b.meanCells - a.meanCells)
  return spare?.delimiter ?? ','
}

// --- internal ---

/** How a delimiter splits the first lines. `changes`: by how many cells each line differs from the one before, in all. */
type Split = { delimiter: string; columns: number; meanCells: number; changes: number }

function splitOf(delimiter: string, counts: readonly number[]): Split {
  return {
    delimiter,
    columns: counts[0] ?? 0,
    meanCells: counts.reduce((sum, count) => sum + count, 0) / counts.length,
    changes: counts.reduce((sum, count, i) => sum + Math.abs(count - (counts[i - 1] ?? count)), 0),
  }
}

/**
 * How many cells each of the first lines has.
 * @param isPart whether the text goes on behind the head
 * @returns null: this delimiter breaks quotes, and the few lines before would look too even.
 */
function* cellCounts(head: string, delimiter: string, isPart: boolean): SlicedWork<number[] | null> {
  const nextLine = linesOf(head, delimiter, Number.POSITIVE_INFINITY)
  const counts: number[] = []
  try {
    // Quotes may break in any line.
    for (let line = yield* nextLine(); line; line = yield* nextLine())
      if (counts.length < HEAD_LINES) counts.push(line.length)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // The cell may go on behind the head, and be closed there.
    return isPart && error instanceof OpenQuote ? counts : null
  }
  return counts
}
