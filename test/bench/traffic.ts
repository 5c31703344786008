import { seeded } from '../helpers/seeded.ts'

/** When the requests of one client arrive, in whole ms, in order. */
export type Traffic = { name: string; times: readonly number[] }

export const LIMIT = 100
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** The patterns of facts/peers.md 3.3, and one that meets limiters whose window starts with its first request. */
export function trafficPatterns(hours: number): Traffic[] {
  const endMs = hours * HOUR_MS
  return [
    { name: 'Poisson at 80 %', times: poisson(0.8, endMs) },
    { name: 'Poisson at 100 %', times: poisson(1, endMs) },
    { name: 'Poisson at 200 %', times: poisson(2, endMs) },
    { name: '100 at once every 75 s', times: bursts(100, 75_000, endMs) },
    { name: '90 at once every 50 s', times: bursts(90, 50_000, endMs) },
    { name: '200 across the minute edge', times: acrossTheEdge(100, 100, endMs) },
    { name: '1 early, 99 late, 100 in the next minute', times: earlyThenLate(endMs) },
  ]
}

// --- internal ---

function poisson(load: number, endMs: number): number[] {
  const random = seeded(Math.round(load * 100))
  const meanGapMs = MINUTE_MS / LIMIT / load
  const times: number[] = []
  for (let at = 0; at < endMs; at += -Math.log(1 - random()) * meanGapMs) times.push(Math.floor(at))
  return times
}

function bursts(size: number, everyMs: number, endMs: number): number[] {
  const times: number[] = []
  for (let at = 0; at < endMs; at += everyMs) times.push(...Array.from({ length: size }, () => at))
  return times
}

/** Every third minute, so that the two minutes before are empty. */
function acrossTheEdge(before: number, after: number, endMs: number): number[] {
  const times: number[] = []
  for (let edge = 3 * MINUTE_MS; edge < endMs; edge += 3 * MINUTE_MS) {
    times.push(...Array.from({ length: before }, () => edge - 100))
    times.push(...Array.from({ length: after }, () => edge + 100))
  }
  return times
}

function earlyThenLate(endMs: number): number[] {
  return acrossTheEdge(99, 100, endMs)
    .concat(acrossTheEdge(1, 0, endMs).map((late) => late - MINUTE_MS + 150))
    .sort((a, b) => a - b)
}
