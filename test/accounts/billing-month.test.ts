import { expect, test } from 'bun:test'
import { billingMonth } from '../../src/accounts/billing-month.ts'

const day = (text: string) => Date.parse(`${text}Z`)

test.each([
  ['2026-11-21T09:00:00', 1, '2026-11-01T00:00:00', '2026-12-01T00:00:00'],
  ['2026-11-21T09:00:00', 21, '2026-11-21T00:00:00', '2026-12-21T00:00:00'],
  ['2026-11-20T23:59:59.999', 21, '2026-10-21T00:00:00', '2026-11-21T00:00:00'],
  ['2026-01-05T00:00:00', 10, '2025-12-10T00:00:00', '2026-01-10T00:00:00'],
  ['2026-12-31T23:59:59', 28, '2026-12-28T00:00:00', '2027-01-28T00:00:00'],
  ['2028-02-29T12:00:00', 28, '2028-02-28T00:00:00', '2028-03-28T00:00:00'],
])('at %s, with its anchor on day %d, the billing month is from %s to %s', (now, anchor, start, end) => {
  expect(billingMonth(day(now), anchor)).toEqual({ startMs: day(start), endMs: day(end) })
})
