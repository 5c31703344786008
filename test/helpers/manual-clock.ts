import type { Clock } from '../../src/clock.ts'

export type ManualClock = Clock & {
  /** Lets time pass. */
  advance(ms: number): void
  /** Sets the wall clock by so much, as an operator or NTP would, while no time passes. */
  stepWall(ms: number): void
}

/** 2026-11-21T09:00:00Z: a whole second, so that roundings show. */
export const START_MS = Date.UTC(2026, 10, 21, 9)

export function manualClock(startMs = START_MS): ManualClock {
  let wall = startMs
  let elapsed = 1_000_000
  return {
    now: () => wall,
    elapsed: () => elapsed,
    toWall: (reading) => wall + reading - elapsed,
    advance(ms) {
      wall += ms
      elapsed += ms
    },
    stepWall(ms) {
      wall += ms
    },
  }
}
