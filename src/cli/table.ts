import type CliTable from 'cli-table3'

/** Lays rows out in columns, without lines, so that they can be read and also cut by a script. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // Here and not above: a server never prints a table, and need not carry the library.
  const Table: typeof CliTable = require('cli-table3')
  const table = new Table({
    head: [...head],
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0 },
  })
  for (const row of rows) table.push([...row])
  const lines = table.toString().split('\n')
  return lines.map((line) => line.trimEnd()).join('\n')
}

// --- internal ---

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((part) => [part, part === 'middle' ? ' ' : '']),
)
