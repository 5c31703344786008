import { expect, test } from 'bun:test'
import { durationMs, lifetimeOf } from '../../src/cli/duration-args.ts'
import { sinceOf } from '../../src/cli/since-arg.ts'
import { parseDuration } from '../../src/lib/duration-text.ts'

const DAY_MS = 86_400_000

test.each([
  ['90d', 90 * DAY_MS],
  ['1m', 60_000],
  ['1.5 hours', 5_400_000],
  ['0s', 0],
])('%p is a duration', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['1M', '2H', '3 Days', '90D', '10', 'd', '', '-1d', '1mo'])('%p is no duration', (text) => {
  expect(parseDuration(text)).toBeNull()
})

test('who writes 1M for a month gets no minute, and is told how a month is written', () => {
  const hint = '(units are small letters: 1m is a minute, and a month is 30d)'
  expect(() => lifetimeOf('--expires', '1M')).toThrow(
    `--expires must be a duration such as 90d, 12h or 1y, or a date such as 2027-01-31 ${hint}`,
  )
  expect(() => durationMs('--overlap', '1M')).toThrow(
    `--overlap must be a duration such as 90d, 12h or 1y ${hint}`,
  )
  expect(() => sinceOf('1M')).toThrow(hint)
  expect(() => durationMs('--overlap', 'soon')).toThrow(/1y$/)
})
