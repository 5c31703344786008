import { fittedTable } from '../../src/cli/table.ts'
import { type Cell, isReached, type Outcome, type Sheet, type Target } from './suite.ts'

/** Everything that one suite has to say, for the terminal. */
export function renderOutcome({ sheets, skipped = [], failures = [] }: Outcome): string {
  return [
    ...sheets.map(renderSheet),
    ...skipped.map(({ name, reason }) => `SKIPPED ${name}: ${reason}`),
    ...failures.map((failure) => `FAILED ${failure}`),
  ].join('\n\n')
}

export function renderTargets(targets: readonly Target[]): string {
  const rows = targets.map((target) => [
    target.name,
    `${readable(target.measured, digitsFor(target.measured))} ${target.unit}`,
    'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`,
    isReached(target) ? 'reached' : 'MISSED',
  ])
  return table(['TARGET', 'MEASURED', 'ASKED FOR', ''], rows)
}

// --- internal ---

function renderSheet({ title, columns, rows, notes = [] }: Sheet): string {
  const cells = rows.map((row) => columns.map(({ key, digits = 0 }) => shown(row[key] ?? null, digits)))
  const heads = columns.map(({ head }) => head)
  return [`# ${title}`, table(heads, cells), ...notes].join('\n')
}

/** As wide as it is: these go into files. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = titles.map((title) => ({ title, rank: 1 }))
  return fittedTable(columns, rows, Number.POSITIVE_INFINITY)
}

function shown(cell: Cell, digits: number): string {
  if (cell === null) return '-'
  if (typeof cell === 'string') return cell
  if (typeof cell === 'number') return readable(cell, digits)
  return `${readable(cell.median, digits)} (${readable(cell.min, digits)} to ${readable(cell.max, digits)})`
}

function readable(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function digitsFor(value: number): number {
  return Math.abs(value) < 10 ? 2 : 1
}
