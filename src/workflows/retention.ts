import type { Clock } from '../clock.ts'
import { type Db, withoutWaiting } from '../db/open.ts'
import { nextTurn } from '../lib/next-turn.ts'
import type { Inbound } from './inbound/inbound.ts'
import type { Mocks } from './mocks/mocks.ts'
import type { Runs } from './runs/runs.ts'

export type Retention = ReturnType<typeof createRetention>

type Parts = {
  db: Db
  clock: Clock
  /** How long runs that are over are kept, and the events and the calls of mocks with them, in ms. */
  historyMs: number
  runs: Pick<Runs, 'prune'>
  inbound: Pick<Inbound, 'prune'>
  mocks: Pick<Mocks, 'prune'>
}

/** Forgets some of what is from before a time in ms. @returns how many; 0: no more are left. */
type Prune = (beforeMs: number) => number | Promise<number>

/** Forgets what is older than it is to be kept; each resolves when nothing old of its kind is left. */
export function createRetention({ db, clock, historyMs, runs, inbound, mocks }: Parts) {
  let isOpen = true

  /** In slices, between which others have their turn; each one is of what is old by then. */
  async function forgetOld(prune: Prune): Promise<void> {
    while (isOpen) {
      const pruned = await withoutWaiting(db, () => prune(clock.now() - historyMs))
      if (pruned === 0) return
      await nextTurn()
    }
  }

  return {
    forgetRuns: (): Promise<void> => forgetOld(runs.prune),
    forgetEvents: (): Promise<void> => forgetOld(inbound.prune),
    forgetMockCalls: (): Promise<void> => forgetOld(mocks.prune),

    /** Begins no further slice. */
    close(): void {
      isOpen = false
    },
  }
}
