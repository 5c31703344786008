import { createLimiter, subject } from '../../src/limits/limiter.ts'
import { WINDOW_MS } from '../../src/limits/window.ts'
import { LIMIT } from './traffic.ts'

/** Decides the request that arrives at this time, in ms; times never step back. */
export type Decide = (atMs: number) => boolean

export type LimiterUnderTest = { name: string; create(): Decide }

/** Ours as it is, and small models of how the others count; their names say so. */
export const LIMITERS: readonly LimiterUnderTest[] = [
  { name: 'Keyward', create: keyward },
  { name: 'fixed window by the clock (model)', create: fixedWindow },
  { name: 'two counters, weighted (model)', create: twoCounters },
  { name: 'GCRA, burst = limit (model)', create: gcra },
  { name: 'better-auth api-key (model)', create: movingReset },
]

// --- internal ---

function keyward(): Decide {
  let nowMs = 0
  const now = () => nowMs
  const limiter = createLimiter({ elapsed: now, now, toWall: (reading) => reading })
  const client = subject('client')
  return (atMs) => {
    nowMs = atMs
    return limiter.take(client, LIMIT).admitted
  }
}

function fixedWindow(): Decide {
  let minute = -1
  let count = 0
  return (atMs) => {
    const current = Math.floor(atMs / WINDOW_MS)
    if (current !== minute) count = 0
    minute = current
    return count < LIMIT && ++count > 0
  }
}

/** Cloudflare's and Unkey's: this minute's count and the last one's, by how much of it is still in sight. */
function twoCounters(): Decide {
  let minute = 0
  let current = 0
  let previous = 0
  return (atMs) => {
    const now = Math.floor(atMs / WINDOW_MS)
    if (now !== minute) {
      previous = now === minute + 1 ? current : 0
      current = 0
      minute = now
    }
    const inSight = 1 - (atMs % WINDOW_MS) / WINDOW_MS
    return previous * inSight + current + 1 <= LIMIT && ++current > 0
  }
}

function gcra(): Decide {
  const gapMs = WINDOW_MS / LIMIT
  let dueMs = 0
  return (atMs) => {
    const due = Math.max(dueMs, atMs)
    if (due - atMs > WINDOW_MS - gapMs) return false
    dueMs = due + gapMs
    return true
  }
}

/** @better-auth/api-key 1.7.5, evaluateRateLimit: every admitted request starts the minute anew. */
function movingReset(): Decide {
  let lastMs = Number.NEGATIVE_INFINITY
  let count = 0
  return (atMs) => {
    if (atMs - lastMs > WINDOW_MS) count = 0
    else if (count >= LIMIT) return false
    count++
    lastMs = atMs
    return true
  }
}
