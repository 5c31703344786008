import { expect, test } from 'bun:test'
import { cronProblem, nextCronTime } from '../../../src/workflows/definitions/cron.ts'

const FIVE =
  'must be five fields: minute (0 to 59), hour (0 to 23), day of month (1 to 31), month (1 to 12), day of week (0 to 6)'

test.each([
  ['every minute', '* * * * *', null],
  ['lists, ranges and steps', '0,30 8-18/2 * 1-6 1-5', null],
  ['all minutes written out', `${Array.from({ length: 60 }, (_, i) => i).join()} * * * *`, null],
  ['29 February', '0 0 29 2 *', null],
  ['30 February', '0 0 30 2 *', 'never matches a date'],
  ['31 June', '0 0 31 6 *', 'never matches a date'],
  ['four fields', '* * * *', FIVE],
  ['six fields', '* * * * * *', FIVE],
  ['minute 60', '60 * * * *', FIVE],
  ['a nickname', '@daily', FIVE],
  ['a date', '2026-12-01T00:00:00', FIVE],
  ['nothing', '', FIVE],
  ['a list of 40,000', `${'1,'.repeat(40_000)}1 * * * *`, 'must have at most 500 characters'],
])('the cron expression of %s is taken, or refused with the reason', (_, cron, problem) => {
  expect(cronProblem(cron)).toBe(problem)
})

const MINUTE = 60_000
const berlin = (cron: string, from: string, count: number) => {
  const times: string[] = []
  let at: number | null = Date.parse(from)
  while (times.length < count && at !== null) {
    at = nextCronTime(cron, 'Europe/Berlin', at)
    if (at !== null) times.push(new Date(at).toISOString().slice(0, 16))
  }
  return times
}

// In Berlin 02:00 becomes 03:00 on 28 March 2027 (01:00 UTC), and 03:00 becomes 02:00 on 31 October (01:00 UTC).
test.each([
  [
    'a time of day that is left out in spring comes due at the first moment after the gap',
    ...['30 2 * * *', '2027-03-27T12:00Z'],
    ['2027-03-28T01:00', '2027-03-29T00:30'],
  ],
  [
    'a time of day that comes twice in autumn is due the first time only',
    ...['30 2 * * *', '2027-10-30T12:00Z'],
    ['2027-10-31T00:30', '2027-11-01T01:30'],
  ],
  [
    'what repeats within the day has nothing in the gap of spring',
    ...['*/30 2 * * *', '2027-03-27T12:00Z'],
    ['2027-03-29T00:00', '2027-03-29T00:30'],
  ],
  [
    'what repeats within the day comes due both times round in autumn',
    ...['*/30 2 * * *', '2027-10-30T12:00Z'],
    ['2027-10-31T00:00', '2027-10-31T00:30', '2027-10-31T01:00', '2027-10-31T01:30', '2027-11-01T01:00'],
  ],
  [
    'nine in the morning stays nine in the morning',
    ...['0 9 * * *', '2027-03-27T00:00Z'],
    ['2027-03-27T08:00', '2027-03-28T07:00'],
  ],
] as const)('%s', (_, cron, from, expected) => {
  expect(berlin(cron, from, expected.length)).toEqual([...expected])
})

test('the next time is later, never the same', () => {
  const at = Date.UTC(2026, 10, 21, 9)
  expect(nextCronTime('* * * * *', 'UTC', at)).toBe(at + MINUTE)
  expect(nextCronTime('* * * * *', 'UTC', at - 1)).toBe(at)
})
