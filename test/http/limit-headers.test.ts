import { expect, test } from 'bun:test'
import { createLimitHeaders } from '../../src/http/limit-headers.ts'
import type { Decision } from '../../src/limits/limiter.ts'

/** Elapsed time is wall time here, and begins at 0. */
const clock = { elapsed: () => 0, now: () => 0, toWall: (elapsedMs: number) => elapsedMs }

const FIRST: Decision = { admitted: true, limit: 1000, remaining: 7, resetInMs: 30_000, atMs: 5000 }
const LIKE_IT = { remaining: '7', reset: '35', rateLimit: '"read";r=7;t=30', policy: '"read";q=1000;w=60' }

/** One answer after the other, each of which differs from the first in one thing. */
const ANSWERS = [
  { window: FIRST, shown: LIKE_IT },
  { window: { ...FIRST, remaining: 6 }, shown: { ...LIKE_IT, remaining: '6', rateLimit: '"read";r=6;t=30' } },
  { window: FIRST, shown: LIKE_IT },
  {
    window: { ...FIRST, resetInMs: 31_000 },
    shown: { ...LIKE_IT, reset: '36', rateLimit: '"read";r=7;t=31' },
  },
  { window: FIRST, shown: LIKE_IT },
  // It leaves the window at the same second, and was counted earlier or later.
  {
    window: { ...FIRST, resetInMs: 29_000, atMs: 6000 },
    shown: { ...LIKE_IT, rateLimit: '"read";r=7;t=29' },
  },
  { window: FIRST, shown: LIKE_IT },
  { window: { ...FIRST, atMs: 6000 }, shown: { ...LIKE_IT, reset: '36' } },
  { window: FIRST, shown: LIKE_IT },
]

test('an answer shows its own window, also where the one before it differs from that in one number', () => {
  const headersOf = createLimitHeaders(clock)
  const seen = ANSWERS.map(({ window }, i) => textOf(headersOf({ window, policy: 'read' }, `id-${i}`)))

  expect(seen).toEqual(ANSWERS.map(({ shown }, i) => ({ ...shown, id: `id-${i}`, retryAfter: null })))
})

test('an answer after a refused one, or after one of another policy, shows nothing of theirs', () => {
  const headersOf = createLimitHeaders(clock)
  const spent: Decision = { ...FIRST, admitted: false, remaining: 0 }
  const answers = [
    { window: FIRST, policy: 'read' },
    { window: spent, policy: 'read' },
    { window: { ...FIRST, limit: 100 }, policy: 'write' },
    { window: FIRST, policy: 'read' },
  ]

  const seen = answers.map((answer) => textOf(headersOf(answer, 'id')))

  const first = { ...LIKE_IT, id: 'id', retryAfter: null }
  expect(seen).toEqual([
    first,
    { ...first, remaining: '0', rateLimit: '"read";r=0;t=30', retryAfter: '30' },
    { ...first, rateLimit: '"write";r=7;t=30', policy: '"write";q=100;w=60' },
    first,
  ])
})

/** As it is now: the next answer's are written into the same object. */
function textOf(headers: Headers) {
  return {
    id: headers.get('x-request-id'),
    remaining: headers.get('x-ratelimit-remaining'),
    reset: headers.get('x-ratelimit-reset'),
    rateLimit: headers.get('ratelimit'),
    policy: headers.get('ratelimit-policy'),
    retryAfter: headers.get('retry-after'),
  }
}
