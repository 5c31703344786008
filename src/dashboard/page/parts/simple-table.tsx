import type { JSX } from 'preact'
import type { Column } from './paged-table.tsx'

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
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

// --- internal ---

function classOf({ isWide, isNumber }: { isWide?: boolean; isNumber?: boolean }): string | undefined {
  return [isWide ? 'wide' : '', isNumber ? 'number' : ''].filter(Boolean).join(' ') || undefined
}
