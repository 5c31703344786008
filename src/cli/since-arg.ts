import { invalid } from '../errors.ts'
import { parseDuration, unitHint } from '../lib/duration-text.ts'
import { parseInstant } from '../lib/instant.ts'

/** Reads --since: a duration, or a time with its zone. @returns ms. @throws INVALID_INPUT */
export function sinceOf(text: string | undefined): { since?: number; withinMs?: number } {
  if (text === undefined) return {}
  const at = parseInstant(text)
  if (at !== null) return { since: at }
  const withinMs = parseDuration(text)
  if (withinMs === null)
    throw invalid(
      '--since',
      `must be a duration such as 7d, or a time such as 2026-11-21T09:00:00Z${unitHint(text)}`,
    )
  return { withinMs }
}
