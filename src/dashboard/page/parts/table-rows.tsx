import type { ComponentChildren } from 'preact'

export type Column<Row> = {
  title: string
  cell: (row: Row) => ComponentChildren
  /** Left out on a narrow screen. */
  isWide?: boolean
  isNumber?: boolean
}

/** The titles of a table's columns. */
export function TableHead<Row>({ columns }: { columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column.title} scope="col" class={classOf(column)}>
            {column.title}
          </th>
        ))}
      </tr>
    </thead>
  )
}

type Props<Row> = {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
}

/** The rows of a table, for its body. */
export function TableRows<Row>({ columns, rows, keyOf }: Props<Row>) {
  return (
    <>
      {rows.map((row) => (
        <tr key={keyOf(row)}>
          {columns.map((column) => (
            <td key={column.title} class={classOf(column)}>
              {column.cell(row)}
            </td>
          ))}
        </tr>
      ))}
    </>
  )
}

// --- internal ---

function classOf({ isWide, isNumber }: { isWide?: boolean; isNumber?: boolean }): string | undefined {
  return [isWide ? 'wide' : '', isNumber ? 'number' : ''].filter(Boolean).join(' ') || undefined
}
