import type { Clock } from '../clock.ts'

/** A clock that somebody may stop, and set forward. */
export type DrivenClock = Clock & {
  isFrozen(): boolean
  /** Time stands still. Does nothing where it does. */
  freeze(): void
  /** Time runs on from where it stands. */
  resume(): void
  /** While time stands still: leaps to a wall time in ms. Both readings leap by as much. @throws RangeError for a time that is past */
  leapTo(wallMs: number): void
}

/**
 * The host's time until somebody drives it; from then on it runs as the host's does, with an offset. Both readings follow, so
 * that 60,000 ms of one are 60,000 ms of the other.
 */
export function createDrivenClock(host: Clock): DrivenClock {
  let aheadMs = 0
  /** What both readings stand at; null: time runs. */
  let stands: { elapsed: number; wall: number } | null = null

  return {
    now: () => stands?.wall ?? host.now() + aheadMs,
    elapsed: () => stands?.elapsed ?? host.elapsed() + aheadMs,
    // The host's clock is asked with a reading of its own.
    toWall: (elapsedMs) =>
      stands ? stands.wall + elapsedMs - stands.elapsed : host.toWall(elapsedMs - aheadMs) + aheadMs,
    isFrozen: () => stands !== null,

    freeze() {
      const elapsed = host.elapsed()
      stands ??= { elapsed: elapsed + aheadMs, wall: host.toWall(elapsed) + aheadMs }
    },

    resume() {
      if (stands) aheadMs = stands.elapsed - host.elapsed()
      stands = null
    },

    leapTo(wallMs) {
      const byMs = wallMs - (stands?.wall ?? Number.NaN)
      if (!stands || !(byMs >= 0)) throw new RangeError('time only goes forward, from where it stands')
      stands = { elapsed: stands.elapsed + byMs, wall: wallMs }
    },
  }
}
