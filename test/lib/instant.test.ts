import { expect, test } from 'bun:test'
import { isoTime, parseInstant } from '../../src/lib/instant.ts'

test('a time is written in UTC with milliseconds', () => {
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z')
  expect(isoTime(null)).toBeNull()
})

test('a date with time and zone is read, whatever its zone', () => {
  expect(parseInstant('2026-11-21T10:00:00+01:00')).toBe(Date.UTC(2026, 10, 21, 9))
  expect(parseInstant('2026-11-21T09:00:00.5Z')).toBe(Date.UTC(2026, 10, 21, 9, 0, 0, 500))
  expect(isoTime(parseInstant('9999-12-31T23:59:59.999Z'))).toBe('9999-12-31T23:59:59.999Z')
  expect(isoTime(parseInstant('0000-01-01T00:00:00Z'))).toBe('0000-01-01T00:00:00.000Z')
})

test.each([
  '2026-11-21',
  '2026-11-21T09:00:00',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '+010000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-01:00',
  '-000001-01-01T00:00:00Z',
  'soon',
  '',
  '90d',
])('%p is no date with time and zone', (text) => {
  expect(parseInstant(text)).toBeNull()
})

test('a time is told as itself, whatever was told before it', () => {
  const times = [0, 4096, 0, 8192, -4096, -1, 1_795_252_860_123, 1_795_252_860_123 + 4096, 1_795_252_860_123]
  expect(times.map((ms) => isoTime(ms))).toEqual(times.map((ms) => new Date(ms).toISOString()))
  expect(isoTime(null)).toBeNull()
  expect(() => isoTime(Number.NaN)).toThrow(RangeError)
})
