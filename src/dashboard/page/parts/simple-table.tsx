import type { JSX } from 'preact'
import { type Column, TableHead, TableRows } from './table-rows.tsx'

type Props<Row> = {
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** What stands there where there is no row. */
  empty: JSX.Element
}

/** A list that is there as a whole. */
export function SimpleTable<Row>({ label, columns, rows, keyOf, empty }: Props<Row>) {
  if (rows.length === 0) return empty
  return (
    <div class="scroller">
      <table aria-label={label}>
        <TableHead columns={columns} />
        <tbody>
          <TableRows columns={columns} rows={rows} keyOf={keyOf} />
        </tbody>
      </table>
    </div>
  )
}
