import type * as Croner from 'croner'

/** All 60 minutes, written out, have 169 characters. A list of 40,000 would take 10 ms each time. */
const LENGTH_MAX = 500

/** @returns what is wrong with an expression, or null (workflows/README.md, "Triggers": five fields). */
export function cronProblem(cron: string): string | null {
  if (cron.length > LENGTH_MAX) return `must have at most ${LENGTH_MAX} characters`
  // The parser alone would also take nicknames such as @daily, and a single date.
  if (!FIVE_FIELDS.test(cron) || !parses(cron)) {
    return 'must be five fields: minute (0 to 59), hour (0 to 23), day of month (1 to 31), month (1 to 12), day of week (0 to 6)'
  }
  return nextCronTime(cron, 'UTC', 0) === null ? 'never matches a date' : null
}

/**
 * When an expression next comes due in a time zone. Where clocks change, croner does this: a time of day
 * (30 2 * * *) that is left out comes due at the first moment after the gap, and one that comes twice is due
 * the first time only; whatever repeats within the day (minutes or hours with *, a step, a list or a range)
 * has nothing in the gap and comes due both times round.
 * @param afterMs ms since the Unix epoch; the answer is later, on a whole minute.
 * @returns ms since the Unix epoch; null: never again.
 */
export function nextCronTime(cron: string, timezone: string, afterMs: number): number | null {
  return parse(cron, timezone).nextRun(new Date(afterMs))?.getTime() ?? null
}

// --- internal ---

const FIVE_FIELDS = /^\s*\S+(?:\s+\S+){4}\s*$/

/** Paused and without a task, it has no timer and asks no clock. */
function parse(cron: string, timezone: string): Croner.Cron {
  // Here and not above: a server without schedules need not carry it.
  const { Cron }: typeof Croner = require('croner')
  return new Cron(cron, { mode: '5-part', paused: true, timezone })
}

function parses(cron: string): boolean {
  try {
    return Boolean(parse(cron, 'UTC'))
  } catch {
    return false
  }
}
