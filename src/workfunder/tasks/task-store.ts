import { and, asc, count, desc, eq, gte, inArray, lt, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { liesIn } from '../../db/box-condition.ts'
import { createDueRounds } from '../../db/due-rounds.ts'
import type { Db } from '../../db/open.ts'
import { disputes, OPEN_DEADLINES, proofs, SIMULATED, taskMoves, tasks } from '../../db/schema/tasks.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Box } from '../geo.ts'
import type { Owner } from '../owner.ts'
import type { Actor, TaskStatus } from './lifecycle.ts'
import type { Proof, Task, TaskCategory, TaskKind } from './task.ts'

export type TaskFilter = {
  kind?: TaskKind
  status?: TaskStatus
  category?: TaskCategory
  /** ms, both inclusive. */
  createdAfter?: number
  createdBefore?: number
  limit: number
  offset: number
}

/** What a search of open tasks compares. */
export type OpenTask = Pick<Row, 'id' | 'latitude' | 'longitude' | 'createdAt'>

/** How far a list counts what it has: an account may have made millions. */
const TOTAL_MAX = 10_000

export type Dispute = typeof disputes.$inferSelect

/** Who may open a dispute, and in whose favour it is resolved. */
export const DISPUTE_PARTIES = disputes.openedBy.enumValues

export type DisputeParty = (typeof DISPUTE_PARTIES)[number]

export type TaskStore = ReturnType<typeof createTaskStore>

export function createTaskStore(db: Db) {
  const byId = lazily(() =>
    db
      .select()
      .from(tasks)
      .where(eq(tasks.id, sql.placeholder('id')))
      .prepare(),
  )
  const simulated = createDueRounds(db, { table: 'tasks', open: SIMULATED, due: 'simulated_at' })
  const simulatedOf = lazily(() =>
    db
      .select()
      .from(tasks)
      .where(
        and(
          sql.raw(SIMULATED),
          eq(tasks.accountId, sql.placeholder('accountId')),
          lte(tasks.simulatedAt, sql.placeholder('now')),
        ),
      )
      .orderBy(asc(tasks.simulatedAt))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )

  const deadlines = createDueRounds(db, { table: 'tasks', open: OPEN_DEADLINES, due: 'deadline' })
  const overdueOf = lazily(() => {
    const { accountId, status, statusSince, deadline } = tasks
    return db
      .select()
      .from(tasks)
      .where(
        and(
          sql.raw(OPEN_DEADLINES),
          eq(accountId, sql.placeholder('accountId')),
          lte(deadline, sql.placeholder('now')),
          or(ne(status, 'proof_rejected'), lt(statusSince, sql.placeholder('rejectedBefore'))),
        ),
      )
      .orderBy(asc(deadline))
      .limit(sql.placeholder('limit'))
      .prepare()
  })
  const proofOfFile = lazily(() =>
    db
      .select({ id: proofs.id })
      .from(proofs)
      .where(eq(proofs.fileName, sql.placeholder('fileName')))
      .prepare(),
  )

  return {
    /** Runs `work` as one immediate transaction, or as a part of the one that is open. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    get(id: string): Task | undefined {
      const row = byId().get({ id })
      return row && toTask(row)
    },

    /** Newest first, and how many there are, at most 10,000. */
    list(owner: Owner, filter: TaskFilter): { items: Task[]; total: number } {
      const where = and(...conditionsOf(owner, filter))
      const counted = db.select({ id: tasks.id }).from(tasks).where(where).limit(TOTAL_MAX)
      const total = db.select({ n: count() }).from(counted.as('counted')).get()?.n ?? 0
      const rows = db
        .select()
        .from(tasks)
        .where(where)
        .orderBy(desc(tasks.createdAt), desc(tasks.id))
        .limit(filter.limit)
        .offset(filter.offset)
        .all()
      return { items: rows.map(toTask), total }
    },

    /** Live tasks in a box that wait for a worker, at most so many: from south to north, else the older first. */
    openIn(box: Box, limit: number): OpenTask[] {
      const { id, latitude, longitude, createdAt } = tasks
      const open = db.select({ id, latitude, longitude, createdAt }).from(tasks).where(isOpenIn(box))
      return open.orderBy(asc(latitude), asc(longitude), asc(createdAt)).limit(limit).all()
    },

    /** How many those are; no more than `limit` are counted. */
    countOpenIn(box: Box, limit: number): number {
      const counted = db.select({ id: tasks.id }).from(tasks).where(isOpenIn(box)).limit(limit)
      return db.select({ n: count() }).from(counted.as('counted')).get()?.n ?? 0
    },

    /** Live tasks that a worker has in hand, and nobody else can go on with. */
    heldBy(workerId: string): Task[] {
      const held = inArray(tasks.status, ['assigned', 'in_progress', 'proof_rejected'])
      return db
        .select()
        .from(tasks)
        .where(and(eq(tasks.workerId, workerId), held))
        .all()
        .map(toTask)
    },

    /** The test task whose simulated worker has been due for longest, of the account whose turn it is. */
    nextSimulated(now: number): Task | undefined {
      const [row] = simulated(now, 1, (accountId, limit) => simulatedOf().all({ accountId, now, limit }))
      return row && toTask(row)
    },

    /**
     * Tasks that were not done by their deadline, in equal shares of the accounts whose turn it is; of each account those
     * that are overdue for longest.
     * @param rejectedBefore of those whose proof was rejected only the ones in which that was before, in ms
     */
    overdue(now: number, rejectedBefore: number, most: number): Task[] {
      const overdue = (accountId: string, limit: number) =>
        overdueOf().all({ accountId, now, rejectedBefore, limit })
      return deadlines(now, most, overdue).map(toTask)
    },

    insert: (task: Task): void => void db.insert(tasks).values(toRow(task)).run(),
    update: (task: Task): void => void db.update(tasks).set(toRow(task)).where(eq(tasks.id, task.id)).run(),

    addMove(taskId: string, from: TaskStatus | null, to: TaskStatus, actor: Actor, at: number): void {
      db.insert(taskMoves).values({ taskId, from, to, actor, at }).run()
    },

    /** How often a task has come into a status. */
    timesIn(taskId: string, status: TaskStatus): number {
      const moves = and(eq(taskMoves.taskId, taskId), eq(taskMoves.to, status))
      return db.select({ n: count() }).from(taskMoves).where(moves).get()?.n ?? 0
    },

    addProof: (proof: Proof): void =>
      void db
        .insert(proofs)
        .values({ ...proof, deviceInfo: JSON.stringify(proof.deviceInfo) })
        .run(),

    getProof(taskId: string, id: string): Proof | undefined {
      const row = db
        .select()
        .from(proofs)
        .where(and(eq(proofs.taskId, taskId), eq(proofs.id, id)))
        .get()
      return row && toProof(row)
    },

    /** Whether a proof has this file. */
    isProofFile: (fileName: string): boolean => proofOfFile().get({ fileName }) !== undefined,

    /** Oldest first. */
    proofsOf(taskId: string): Proof[] {
      const ofTask = db.select().from(proofs).where(eq(proofs.taskId, taskId))
      return ofTask.orderBy(asc(proofs.attemptNumber), asc(proofs.createdAt)).all().map(toProof)
    },

    review: (id: string, status: 'approved' | 'rejected', reason: string | null, at: number): void =>
      void db
        .update(proofs)
        .set({ status, rejectionReason: reason, reviewedAt: at })
        .where(eq(proofs.id, id))
        .run(),

    /** Reviews the proofs of a task that nobody has reviewed. */
    reviewPending: (
      taskId: string,
      status: 'approved' | 'rejected',
      reason: string | null,
      at: number,
    ): void =>
      void db
        .update(proofs)
        .set({ status, rejectionReason: reason, reviewedAt: at })
        .where(and(eq(proofs.taskId, taskId), eq(proofs.status, 'pending')))
        .run(),

    addDispute: (dispute: Dispute): void => void db.insert(disputes).values(dispute).run(),

    /** The latest one. */
    disputeOf: (taskId: string): Dispute | undefined =>
      db.select().from(disputes).where(eq(disputes.taskId, taskId)).orderBy(desc(disputes.createdAt)).get(),

    resolveDispute: (id: string, at: number): void =>
      void db.update(disputes).set({ resolvedAt: at }).where(eq(disputes.id, id)).run(),
  }
}

// --- internal ---

type Row = typeof tasks.$inferSelect

function conditionsOf(owner: Owner, filter: TaskFilter): SQL[] {
  const { kind, status, category, createdAfter, createdBefore } = filter
  const conditions = [eq(tasks.accountId, owner.accountId), eq(tasks.environment, owner.environment)]
  if (kind !== undefined) conditions.push(eq(tasks.kind, kind))
  if (status !== undefined) conditions.push(eq(tasks.status, status))
  if (category !== undefined) conditions.push(eq(tasks.category, category))
  if (createdAfter !== undefined) conditions.push(gte(tasks.createdAt, createdAfter))
  if (createdBefore !== undefined) conditions.push(lt(tasks.createdAt, createdBefore + 1))
  return conditions
}

function isOpenIn(box: Box): SQL | undefined {
  return and(eq(tasks.environment, 'live'), eq(tasks.status, 'posted'), liesIn(tasks, box))
}

function toTask(row: Row): Task {
  return {
    ...row,
    requiredSkills: JSON.parse(row.requiredSkills),
    proofTypes: JSON.parse(row.proofTypes),
    metadata: JSON.parse(row.metadata),
  }
}

function toRow(task: Task): Row {
  return {
    ...task,
    requiredSkills: JSON.stringify(task.requiredSkills),
    proofTypes: JSON.stringify(task.proofTypes),
    metadata: JSON.stringify(task.metadata),
  }
}

function toProof(row: typeof proofs.$inferSelect): Proof {
  return { ...row, deviceInfo: JSON.parse(row.deviceInfo) }
}
