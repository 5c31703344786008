import { printable } from '../lib/printable.ts'
import { outputMode, terminalColumns } from './terminal.ts'

export type Column = {
  title: string
  /** 1 is shown on every terminal; where room is short, the highest number goes first. */
  rank: number
  /**
   * How a cell may give way before its column goes: text is cut at its end, an id is cut to a beginning that no other
   * row has. Only for ids that commands take by their beginning.
   */
  shrinks?: 'text' | 'id'
}

/**
 * Lays rows out in columns, without lines, so that they can be read and also cut by a script: as wide as they are
 * where stdout is no terminal, tab-separated and without titles with --plain, else fitted to the terminal.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  if (outputMode().plain) return rows.map((row) => row.map(printable).join('\t')).join('\n')
  return fittedTable(columns, rows, terminalColumns() ?? Number.POSITIVE_INFINITY)
}

/**
 * Gives no line wider than `width`: first ids and texts give way, then whole columns, the least important ones first,
 * which a last line names. Where even the most important ones are too wide, each row is shown as a list of all columns.
 */
export function fittedTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const all = columns.map((column, at) => laidOut(column, rows, at))
  for (let shown = all; ; ) {
    const fitted = fit(shown, width)
    const hidden = all.filter((column) => !shown.includes(column)).map(({ title }) => title)
    if (fitted) return [...lines(fitted), ...hint(hidden, width)].join('\n')
    const last = Math.max(...shown.map(({ rank }) => rank))
    if (last <= 1) return asLists(all, rows.length, width)
    shown = without(shown, last)
  }
}

// --- internal ---

type Laid = Column & { cells: string[]; width: number }

const GAP = 2

/** A text cut below this says nothing any more. */
const TEXT_MIN = 16

/** The first 13 characters of our ids (UUID, version 7) are the millisecond in which they were made. */
const ID_MIN = 13

function laidOut(column: Column, rows: readonly (readonly string[])[], at: number): Laid {
  return withCells(
    column,
    rows.map((row) => printable(row[at] ?? '')),
  )
}

function withCells(column: Column, cells: string[]): Laid {
  const width = cells.reduce((widest, cell) => Math.max(widest, Bun.stringWidth(cell)), column.title.length)
  return { ...column, cells, width }
}

/** Of several columns of the same rank the last one goes first. */
function without(columns: readonly Laid[], rank: number): Laid[] {
  const at = columns.findLastIndex((column) => column.rank === rank)
  return columns.filter((_, index) => index !== at)
}

/** @returns null where the columns do not fit, however much they give way. */
function fit(columns: readonly Laid[], width: number): Laid[] | null {
  const excess = (laid: readonly Laid[]) =>
    laid.reduce((sum, column) => sum + column.width, (laid.length - 1) * GAP) - width
  if (excess(columns) <= 0) return [...columns]
  const fitted = columns.map((column) => (column.shrinks === 'id' ? withShortIds(column) : column))
  while (excess(fitted) > 0) {
    const at = widestText(fitted)
    const widest = fitted[at]
    if (!widest) return null
    fitted[at] = cutTo(widest, Math.max(TEXT_MIN, widest.width - excess(fitted)))
  }
  return fitted
}

function widestText(columns: readonly Laid[]): number {
  const widths = columns.map(({ shrinks, width }) => (shrinks === 'text' ? width : 0))
  const widest = Math.max(...widths)
  return widest > TEXT_MIN ? widths.indexOf(widest) : -1
}

function cutTo(column: Laid, width: number): Laid {
  return {
    ...withCells(
      column,
      column.cells.map((cell) => cut(cell, width)),
    ),
    width,
  }
}

function cut(cell: string, width: number): string {
  if (Bun.stringWidth(cell) <= width) return cell
  // A wide character that the end goes through is kept whole, and is then one column too wide.
  const kept = [width - 1, width - 2]
    .map((end) => Bun.sliceAnsi(cell, 0, end))
    .find((start) => Bun.stringWidth(start) < width)
  return `${kept ?? ''}…`
}

/** As many characters as tell each id from its neighbours, the same for all. */
function withShortIds(column: Laid): Laid {
  const sorted = column.cells.toSorted()
  const alike = sorted.reduce((most, id, at) => Math.max(most, sharedStart(id, sorted[at + 1] ?? '')), 0)
  const length = Math.max(ID_MIN, alike + 1)
  return withCells(
    column,
    column.cells.map((id) => id.slice(0, length)),
  )
}

function sharedStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

function lines(columns: readonly Laid[]): string[] {
  const line = (cellOf: (column: Laid) => string) =>
    columns
      .map((column) => padded(cellOf(column), column.width + GAP))
      .join('')
      .trimEnd()
  const [first] = columns
  return [
    line(({ title }) => title),
    ...(first?.cells ?? []).map((_, at) => line(({ cells }) => cells[at] ?? '')),
  ]
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - Bun.stringWidth(cell)))
}

function asLists(columns: readonly Laid[], rows: number, width: number): string {
  const left = Math.max(...columns.map(({ title }) => title.length)) + GAP
  const lists = Array.from({ length: rows }, (_, at) =>
    columns.map(({ title, cells, shrinks }) => {
      const cell = cells[at] ?? ''
      const shown = shrinks === 'text' ? cut(cell, Math.max(TEXT_MIN, width - left)) : cell
      return `${padded(title, left)}${shown}`.trimEnd()
    }),
  )
  return lists.map((list) => list.join('\n')).join('\n\n')
}

function hint(hidden: readonly string[], width: number): string[] {
  if (hidden.length === 0) return []
  return Bun.wrapAnsi(`(No room for ${hidden.join(', ')}; --json shows all.)`, width).split('\n')
}
