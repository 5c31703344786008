const INDENT = '  '
const GAP = 2

/** Beside a wider left column the right one would be a strip: its text then begins below. */
const LEFT_MAX = 34

/** On a narrower terminal each explanation stands below its name. */
const NARROW = 60

/** Lines are no longer than that, however wide the terminal is: longer ones are hard to read. */
export const WIDTH_MAX = 100

/** Lays out names with their explanations, wrapped so that no line is wider than the terminal. */
export function twoColumns(rows: readonly (readonly [string, string])[], width: number): string {
  const leftMax = Math.min(LEFT_MAX, Math.floor(width / 3))
  const left = Math.min(leftMax, Math.max(...rows.map(([name]) => Bun.stringWidth(name))))
  return rows.map(([name, text]) => entry(name, text, left, width)).join('\n')
}

/** Wraps a paragraph. */
export function wrapped(text: string, width: number, indent = ''): string {
  return Bun.wrapAnsi(text, width - indent.length)
    .split('\n')
    .map((line) => `${indent}${line.trim()}`.trimEnd())
    .join('\n')
}

/** Indents a line that is to be pasted, and so is never wrapped. */
export function pasted(line: string): string {
  return `${INDENT}${line}`
}

// --- internal ---

function entry(name: string, text: string, left: number, width: number): string {
  if (text !== '' && width < NARROW) return `${INDENT}${name}\n${wrapped(text, width, INDENT + INDENT)}`
  const indent = ' '.repeat(INDENT.length + left + GAP)
  const explained = wrapped(text, width, indent)
  if (text === '') return `${INDENT}${name}`
  if (Bun.stringWidth(name) > left) return `${INDENT}${name}\n${explained}`
  const padding = ' '.repeat(left - Bun.stringWidth(name))
  return `${INDENT}${name}${padding}${explained.slice(INDENT.length + left)}`
}
