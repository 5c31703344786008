import { describe, expect, test } from 'bun:test'
import { ATTEMPTS_MAX, retryDelayMs } from '../../../src/workfunder/webhooks/backoff.ts'

const planned = Array.from({ length: ATTEMPTS_MAX - 1 }, (_, i) => retryDelayMs(i + 1, 0.5) ?? 0)

describe('the retries of a delivery', () => {
  test('begin after 30 s, double, and are never more than 4 h apart', () => {
    const minutes = planned.map((ms) => ms / 60_000)
    expect(minutes).toEqual([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240, 240])
  })

  test('go on for about a day, then end', () => {
    const hours = planned.reduce((sum, ms) => sum + ms, 0) / 3_600_000
    expect(hours).toBeCloseTo(24.26, 1)
    expect([retryDelayMs(ATTEMPTS_MAX), retryDelayMs(ATTEMPTS_MAX + 5)]).toEqual([null, null])
  })

  test('are spread by a fifth to either side, so that they do not come all at once', () => {
    expect([retryDelayMs(1, 0), retryDelayMs(1, 0.999_999_9)]).toEqual([24_000, 36_000])
    const delays = new Set(Array.from({ length: 50 }, () => retryDelayMs(5)))
    expect(delays.size).toBeGreaterThan(10)
  })
})
