import type { Clock } from '../../clock.ts'
import type { OnDisk } from '../../db/on-disk.ts'
import type { Db } from '../../db/open.ts'
import type { DueSource } from '../../lib/due.ts'
import { createRests, parsed, written } from '../../lib/large-json.ts'
import { logFailure } from '../../log.ts'
import type { Engine } from '../engine/engine.ts'
import type { ApprovalRequest, Decision, WaitAnswer } from '../steps/suspension.ts'
import type { Run } from './run.ts'
import type { createRunStore } from './run-store.ts'
import type { OpenApproval, Wait } from './run-wait.ts'
import { createWaitStore } from './wait-store.ts'

export type NewWait = Pick<Wait, 'key' | 'kind' | 'stepId' | 'dueAt'> & {
  /** Of an approval. */
  request: ApprovalRequest | null
}

export type Waits = ReturnType<typeof createWaits>

type Parts = {
  db: Db
  runs: Pick<ReturnType<typeof createRunStore>, 'atomically' | 'isOver'>
  clock: Clock
  onDisk: OnDisk
  engine: () => Engine
}

/** Answers that are handed to the engine in one turn, of all accounts together. */
const PER_TURN = 100

/**
 * What runs wait for. A wait is written down before its run is parked, its answer before the engine hears of it,
 * and it is offered to the engine until the engine has it: so none is lost, whenever the process dies.
 */
export function createWaits({ db, runs, clock, onDisk, engine }: Parts) {
  const store = createWaitStore(db)
  let isDelivering = false

  /** @returns whether the engine has it, or never will: earlier versions left waits behind of runs that had ended. */
  async function deliver(wait: Wait): Promise<boolean> {
    const { runId, attempt, key } = wait
    const answer = wait.answer ?? { at: wait.dueAt ?? clock.now() }
    const isDone =
      runs.isOver({ id: runId, attempt }) || (await engine().signal({ runId, attempt }, key, answer))
    if (isDone) store.delivered(wait)
    return isDone
  }

  return {
    /**
     * Writes a wait down; one that is there stays as it is. It is on disk when this resolves.
     * Nothing is written for an attempt that has ended: its waits were removed when it did.
     */
    async open(
      { id, accountId, attempt }: Pick<Run, 'id' | 'accountId' | 'attempt'>,
      { request, ...wait }: NewWait,
    ): Promise<void> {
      const json = request === null ? null : await written(request)
      runs.atomically(() => {
        if (runs.isOver({ id, attempt })) return
        store.open({ ...wait, runId: id, accountId, attempt, createdAt: clock.now() }, json)
      })
      await onDisk()
    },

    /** Closes what the run waits for under names that begin so, because nobody hears of it any more. */
    close({ id, attempt }: Pick<Run, 'id' | 'attempt'>, prefix: string): void {
      store.close(id, attempt, prefix)
    },

    /** The names below a prefix of the waits that were over by a time in ms, and not closed before. */
    overBy({ id, attempt }: Pick<Run, 'id' | 'attempt'>, prefix: string, ms: number): string[] {
      return store.overBy(id, attempt, prefix, ms)
    },

    /** The waits of the approvals that a run asks for and that are not decided, in the order of their paths. */
    approvalWaits: store.approvalWaits,

    /** Those approvals, with what they ask. */
    async openApprovals(runId: string): Promise<OpenApproval[]> {
      const rest = createRests()
      const open: OpenApproval[] = []
      for (const wait of store.approvalWaits(runId)) {
        const json = store.request(wait)
        // It was decided meanwhile, and the run has ended.
        if (json === null) continue
        await rest(json.length)
        open.push({ ...wait, request: (await parsed(json)) as ApprovalRequest })
      }
      return open
    },

    /** @returns false where it was decided, or out of time, before. */
    decide(wait: Wait, decision: Decision): boolean {
      const at = clock.now()
      return store.answer(wait, { at, decision } satisfies WaitAnswer, at)
    },

    due: {
      next() {
        const first = store.first()
        return first && first.dueAt !== null ? { at: first.dueAt, id: first.runId } : null
      },
      /** A wait that the engine does not wait for yet stays due. */
      async take() {
        const first = store.first()
        if (!first) return true
        await onDisk()
        return deliver(first)
      },
    } satisfies DueSource,

    /** Offers what is due, or decided, to the engine. Never rejects; while a turn is under way, does nothing. */
    async deliverDue(): Promise<void> {
      if (isDelivering) return
      isDelivering = true
      try {
        const due = store.due(clock.now(), PER_TURN)
        // The engine must not know of an answer that a power cut takes from us.
        if (due.length > 0) await onDisk()
        await Promise.all(due.map((wait) => deliver(wait)))
      } catch (error) {
        logFailure('the waits of runs', error)
      } finally {
        isDelivering = false
      }
    },
  }
}
