import type { Clock } from '../clock.ts'
import type { DrivenTime } from '../db/driven-time.ts'
import { logFailure } from '../log.ts'

/** A clock that somebody may stop, and set forward. */
export type DrivenClock = Clock & {
  isFrozen(): boolean
  /** Time stands still. Does nothing where it does. */
  freeze(): void
  /** Time runs on from where it stands. */
  resume(): void
  isHeld(): boolean
  /** Time stands still until `release`, frozen or not, and leaps meanwhile. */
  hold(): void
  /** While held: to a wall time in ms. Both readings leap by as much. @throws RangeError for a time that is past */
  leapTo(wallMs: number): void
  /** Never throws: what cannot be kept is told to the log, and after a crash time is ahead by as long as it was held. */
  release(): void
}

/**
 * The host's time until somebody drives it; from then on it runs as the host's does, with an offset. Both readings follow, so
 * that 60,000 ms of one are 60,000 ms of the other.
 * @param state how far it was driven before; left out: not at all
 * @param onChange told how far it is driven whenever that changes. Where it throws, time stays as it was.
 */
export function createDrivenClock(
  host: Clock,
  state: DrivenTime = { aheadMs: 0 },
  onChange: (state: DrivenTime) => void = () => undefined,
): DrivenClock {
  let aheadMs = 'aheadMs' in state ? state.aheadMs : state.frozenAt - host.now()
  /** What both readings stand at; null: time runs. */
  let stands: Readings | null = null
  let isFrozen = false
  let isHeld = false

  if ('frozenAt' in state) {
    isFrozen = true
    stands = { elapsed: host.elapsed() + aheadMs, wall: state.frozenAt }
  }

  function readings(): Readings {
    const elapsed = host.elapsed()
    return stands ?? { elapsed: elapsed + aheadMs, wall: host.toWall(elapsed) + aheadMs }
  }

  function keep({ frozen, at }: Change): void {
    onChange(frozen ? { frozenAt: at.wall } : { aheadMs: at.wall - host.now() })
  }

  function change(to: Change): void {
    keep(to)
    become(to)
  }

  function become({ frozen, held, at }: Change): void {
    isFrozen = frozen
    isHeld = held
    aheadMs = at.elapsed - host.elapsed()
    stands = frozen || held ? at : null
  }

  return {
    now: () => stands?.wall ?? host.now() + aheadMs,
    elapsed: () => stands?.elapsed ?? host.elapsed() + aheadMs,
    // The host's clock is asked with a reading of its own.
    toWall: (elapsedMs) =>
      stands ? stands.wall + elapsedMs - stands.elapsed : host.toWall(elapsedMs - aheadMs) + aheadMs,

    isFrozen: () => isFrozen,
    freeze: () => change({ frozen: true, held: isHeld, at: readings() }),
    resume: () => change({ frozen: false, held: isHeld, at: readings() }),

    isHeld: () => isHeld,
    hold: () => become({ frozen: isFrozen, held: true, at: readings() }),
    leapTo(wallMs) {
      const { elapsed, wall } = readings()
      if (!isHeld || !(wallMs >= wall)) throw new RangeError('time only goes forward, from where it is held')
      const at = { elapsed: elapsed + wallMs - wall, wall: wallMs }
      change({ frozen: isFrozen, held: true, at })
    },
    release() {
      const to = { frozen: isFrozen, held: false, at: readings() }
      become(to)
      try {
        keep(to)
      } catch (error) {
        logFailure('keeping how far the clock was driven', error)
      }
    },
  }
}

// --- internal ---

type Readings = { elapsed: number; wall: number }

type Change = { frozen: boolean; held: boolean; at: Readings }
