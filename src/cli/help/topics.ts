import { EXIT, EXIT_MEANINGS } from '../exit-codes.ts'
import { twoColumns } from './layout.ts'

/** What `keyward help TOPIC` explains beside the commands. */
export const TOPICS: Readonly<Record<string, (width: number) => string>> = {
  'exit-codes': exitCodes,
}

// --- internal ---

function exitCodes(width: number): string {
  const rows = Object.entries(EXIT).map(([name, code]): [string, string] => [
    `${code}`,
    EXIT_MEANINGS[name as keyof typeof EXIT],
  ])
  return `Exit codes\n${twoColumns(rows, width)}`
}
