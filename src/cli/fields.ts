import { printable } from '../lib/printable.ts'

/** Lays out what is known of one thing, one line for each field. Values are whole, and wrap where the terminal is narrow. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + GAP
  return fields.map(([name, value]) => `${name.padEnd(width)}${printable(value)}`.trimEnd()).join('\n')
}

// --- internal ---

const GAP = 2
