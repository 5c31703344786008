import type { Db } from './open.ts'

/** Does a write soon, and resolves with what it gave when it is on disk. Rejects with what it threw. */
export type GroupCommit = <T>(write: () => T) => Promise<T>

/** Writes of one turn: about 1 ms of work, so that no request waits longer; the others have the next turns. */
const WRITES_PER_TURN = 20

/**
 * Lets writes that come at about the same time share a commit. Each commit waits for the disk, and no request is
 * served meanwhile: fifty runs that start at once would be fifty such waits on end. Writes are done in the order
 * in which they came; one that throws is undone alone.
 */
export function createGroupCommit({ $client: client }: Db): GroupCommit {
  const waiting: Waiting[] = []
  // Inside of `together`, a transaction is a savepoint.
  const alone = client.transaction((write: () => unknown) => write())
  const together = client.transaction((writes: Waiting[]) => writes.map((each) => outcomeOf(each)))

  function outcomeOf({ write, resolve, reject }: Waiting): () => void {
    try {
      const value = alone(write)
      return () => resolve(value)
    } catch (error) {
      // A full disk, for one, undoes all of them.
      if (!client.inTransaction) throw error
      return () => reject(error)
    }
  }

  function takeTurn(): void {
    const writes = waiting.splice(0, WRITES_PER_TURN)
    if (waiting.length > 0) setImmediate(takeTurn)
    try {
      for (const settle of together.immediate(writes)) settle()
    } catch (error) {
      for (const { reject } of writes) reject(error)
    }
  }

  return <T>(write: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(takeTurn)
      waiting.push({ write, resolve: resolve as (value: unknown) => void, reject })
    })
}

// --- internal ---

type Waiting = { write: () => unknown; resolve: (value: unknown) => void; reject: (error: unknown) => void }
