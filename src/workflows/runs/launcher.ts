import type { OnDisk } from '../../db/on-disk.ts'
import { AppError } from '../../errors.ts'
import { untilAborted } from '../../lib/until-aborted.ts'
import { logFailure } from '../../log.ts'
import type { Engine } from '../engine/engine.ts'
import type { Run } from './run.ts'
import type { createRunStore } from './run-store.ts'

type Parts = { store: ReturnType<typeof createRunStore>; engine: Engine; onDisk: OnDisk }

/** How long whoever starts a run waits for the engine to take it on, in ms: it may be behind a lock of its file. */
const TAKEN_ON_WITHIN_MS = 10_000

/** Hands runs that are on disk to the engine. */
export function createLauncher({ store, engine, onDisk }: Parts) {
  const underWay = new Map<string, Promise<void>>()
  /** Pending runs that the engine may not know of, the next one last. */
  let left: string[] = []
  let isIncomplete = false
  let isTakingUp = false

  async function hand({ id: runId, attempt }: Run): Promise<void> {
    // The engine's file must not know of a run that a power cut takes from ours.
    await onDisk()
    await untilAborted(engine.start({ runId, attempt }), AbortSignal.timeout(TAKEN_ON_WITHIN_MS))
  }

  async function handOrTakeBack(run: Run, takeBack: () => boolean): Promise<void> {
    try {
      await hand(run)
    } catch (cause) {
      try {
        // What has begun meanwhile was taken on, though nobody was told in time.
        if (!takeBack()) return
        forget(run)
      } catch (error) {
        // The run is there and pending, and is taken up later, with what it has taken over.
        isIncomplete = true
        logFailure('taking back a run that the engine refused', error)
      }
      throw notTakenOn(cause)
    }
  }

  /** What the engine takes on too late must not stand in the way of the same attempt, asked for again. */
  function forget({ id: runId, attempt }: Run): void {
    engine.forget([{ runId, attempt }]).catch(() => undefined)
  }

  async function findLeft(): Promise<void> {
    isIncomplete = false
    try {
      left = (await pendingIds(store)).reverse()
    } catch (error) {
      isIncomplete = true
      throw error
    }
  }

  return {
    /**
     * Hands on a run that was just written; where the engine does not take it on, it is refused as a whole.
     * @param takeBack undoes what was written; false where the run has begun.
     * @throws UNAVAILABLE
     */
    launch(run: Run, takeBack: () => boolean): Promise<void> {
      const launched = handOrTakeBack(run, takeBack).finally(() => underWay.delete(run.id))
      underWay.set(run.id, launched)
      return launched
    },

    /**
     * Sees to it that the engine has a run that was found pending: the process that wrote it may have died before
     * it handed it on. @throws UNAVAILABLE
     */
    async ensure(run: Run): Promise<void> {
      if (run.status !== 'pending') return
      await (underWay.get(run.id) ??
        hand(run).catch((cause) => {
          throw notTakenOn(cause)
        }))
    },

    /** There may be pending runs that the engine does not know of. */
    lookAgain(): void {
      isIncomplete = true
    },

    /** Hands on what was left pending; what cannot be handed on now, in a later turn. Never rejects. */
    async takeUp(): Promise<void> {
      if (isTakingUp) return
      isTakingUp = true
      try {
        if (isIncomplete && left.length === 0) await findLeft()
        for (let id = left.pop(); id !== undefined; id = left.pop()) {
          const run = store.get(id)
          if (run?.status === 'pending') await hand(run)
        }
      } catch (error) {
        // One run that is always refused must not stand before the others: it is found again behind them.
        isIncomplete = true
        // A server that is stopped meanwhile leaves the rest to the next one.
        if (!engine.isClosing()) logFailure('taking up pending runs', error)
      } finally {
        isTakingUp = false
      }
    },
  }
}

// --- internal ---

/** The pending runs' ids, of each account the oldest first, then of each the next: one may have a hundred thousand. */
async function pendingIds(store: Parts['store']): Promise<string[]> {
  const lines = new Map<string, string[]>()
  for await (const { id, accountId } of store.oldestOf('pending')) {
    const line = lines.get(accountId) ?? []
    lines.set(accountId, line)
    line.push(id)
  }
  const ids: string[] = []
  let unfinished = [...lines.values()]
  for (let at = 0; unfinished.length > 0; at += 1) {
    ids.push(...unfinished.flatMap((line) => line[at] ?? []))
    unfinished = unfinished.filter((line) => at + 1 < line.length)
  }
  return ids
}

function notTakenOn(cause: unknown): AppError {
  logFailure('handing a run to the engine', cause)
  return new AppError('UNAVAILABLE', 'No run can be started at the moment. Please try again later.', [], {
    cause,
  })
}
