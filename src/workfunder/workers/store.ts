import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import { liesIn } from '../../db/box-condition.ts'
import { type Db, withoutWaiting } from '../../db/open.ts'
import { workers } from '../../db/schema/workers.ts'
import type { Provable } from '../../keys/key-proof.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Box } from '../geo.ts'
import type { Worker } from './worker.ts'

/** What a worker's key is known by. */
export type WorkerKey = { keyPrefix: string; keyBcryptHash: string; keyVerifier: string | null }

export type NewWorkerRow = Worker & WorkerKey

/** A worker, and what proves the worker's key. */
export type WorkerProof = Provable & { worker: Worker }

export type WorkerStore = ReturnType<typeof createWorkerStore>

export function createWorkerStore(db: Db) {
  const { keyBcryptHash: _, keyVerifier: __, ...shown } = getTableColumns(workers)
  const byPrefix = lazily(() =>
    db
      .select()
      .from(workers)
      .where(eq(workers.keyPrefix, sql.placeholder('prefix')))
      .prepare(),
  )
  const byId = lazily(() =>
    db
      .select(shown)
      .from(workers)
      .where(eq(workers.id, sql.placeholder('id')))
      .prepare(),
  )

  return {
    /** Runs `work` as one immediate transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    get(id: string): Worker | undefined {
      const row = byId().get({ id })
      return row && toWorker(row)
    },

    proofOf(keyPrefix: string): WorkerProof | undefined {
      const row = byPrefix().get({ prefix: keyPrefix })
      if (!row) return undefined
      const { keyBcryptHash, keyVerifier, ...worker } = row
      return { worker: toWorker(worker), bcryptHash: keyBcryptHash, verifier: keyVerifier }
    },

    /** Newest first, suspended ones too. */
    list: (): Worker[] =>
      db.select(shown).from(workers).orderBy(desc(workers.createdAt), desc(workers.id)).all().map(toWorker),

    /** Active workers who live in a box. */
    activeIn: (box: Box): Worker[] =>
      db
        .select(shown)
        .from(workers)
        .where(and(eq(workers.status, 'active'), liesIn(workers, box)))
        .all()
        .map(toWorker),

    insert: (worker: NewWorkerRow): void =>
      void db
        .insert(workers)
        .values({ ...worker, skills: JSON.stringify(worker.skills) })
        .run(),

    setStatus: (id: string, status: Worker['status']): void =>
      void db.update(workers).set({ status }).where(eq(workers.id, id)).run(),

    replaceKey: (id: string, key: WorkerKey): void =>
      void db.update(workers).set(key).where(eq(workers.id, id)).run(),

    /** Nobody waits for it. @throws SQLITE_BUSY at once where another program holds the lock. */
    setVerifier: (id: string, keyVerifier: string): void =>
      void withoutWaiting(db, () => db.update(workers).set({ keyVerifier }).where(eq(workers.id, id)).run()),
  }
}

// --- internal ---

function toWorker(row: Omit<Worker, 'skills'> & { skills: string }): Worker {
  return { ...row, skills: JSON.parse(row.skills) }
}
