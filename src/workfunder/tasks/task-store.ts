import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gte,
  inArray,
  lt,
  lte,
  ne,
  or,
  type Placeholder,
  type SQL,
  sql,
} from 'drizzle-orm'
import { createDueRounds } from '../../db/due-rounds.ts'
import type { Db } from '../../db/open.ts'
import { columns, createSnapshot, perFilter, prepareRead } from '../../db/read.ts'
import { disputes, OPEN_DEADLINES, proofs, SIMULATED, taskMoves, tasks } from '../../db/schema/tasks.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Owner } from '../owner.ts'
import type { Actor, TaskStatus } from './lifecycle.ts'
import { createOpenTaskStore } from './open-task-store.ts'
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

/** How far a list counts what it has: an account may have made millions. */
const TOTAL_MAX = 10_000

export type Dispute = typeof disputes.$inferSelect

/** Who may open a dispute, and in whose favour it is resolved. */
export const DISPUTE_PARTIES = disputes.openedBy.enumValues

export type DisputeParty = (typeof DISPUTE_PARTIES)[number]

export type TaskStore = ReturnType<typeof createTaskStore>

export function createTaskStore(db: Db) {
  const p = sql.placeholder
  const inSnapshot = createSnapshot(db)
  const filters = {
    kind: eq(tasks.kind, p('kind')),
    status: eq(tasks.status, p('status')),
    category: eq(tasks.category, p('category')),
    createdAfter: gte(tasks.createdAt, p('createdAfter')),
    createdBefore: lte(tasks.createdAt, p('createdBefore')),
  }
  const ofOwner = [eq(tasks.accountId, p('accountId')), eq(tasks.environment, p('environment'))]
  const listing = perFilter(filters, (conditions) =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(tasks)))
        .from(tasks)
        .where(and(...ofOwner, ...conditions))
        .orderBy(desc(tasks.createdAt), desc(tasks.id))
        .limit(p('limit'))
        .offset(p('offset')),
    ),
  )
  const counting = perFilter(filters, (conditions) => {
    const counted = db
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(...ofOwner, ...conditions))
      .limit(TOTAL_MAX)
    return prepareRead(db, db.select(columns({ n: sql<number>`count(*)` })).from(counted.as('counted')))
  })
  const byId = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(tasks)))
        .from(tasks)
        .where(eq(tasks.id, p('id'))),
    ),
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
  const firstSimulated = lazily(() =>
    db
      .select()
      .from(tasks)
      .where(sql.raw(SIMULATED))
      .orderBy(asc(tasks.simulatedAt), asc(tasks.id))
      .limit(1)
      .prepare(),
  )
  const firstDeadline = lazily(() =>
    db
      .select()
      .from(tasks)
      .where(sql.raw(OPEN_DEADLINES))
      .orderBy(endsAt(sql.placeholder('rejectedMs')), asc(tasks.id))
      .limit(1)
      .prepare(),
  )
  const insert = lazily(() => db.insert(tasks).values(EACH_COLUMN).prepare())
  const update = lazily(() =>
    db
      .update(tasks)
      .set(EACH_COLUMN)
      .where(eq(tasks.id, sql.placeholder('id')))
      .prepare(),
  )
  const addMove = lazily(() =>
    db
      .insert(taskMoves)
      .values({
        taskId: sql.placeholder('taskId'),
        from: sql.placeholder('from'),
        to: sql.placeholder('to'),
        actor: sql.placeholder('actor'),
        at: sql.placeholder('at'),
      })
      .prepare(),
  )
  const timesIn = lazily(() =>
    db
      .select({ n: count() })
      .from(taskMoves)
      .where(and(eq(taskMoves.taskId, sql.placeholder('taskId')), eq(taskMoves.to, sql.placeholder('to'))))
      .prepare(),
  )
  const reviewPending = lazily(() =>
    db
      .update(proofs)
      .set(PROOF_REVIEW)
      .where(and(eq(proofs.taskId, sql.placeholder('taskId')), eq(proofs.status, 'pending')))
      .prepare(),
  )
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
      const values = { ...owner, ...filter }
      return inSnapshot(() => {
        const items = listing(filter).all(values).map(toTask)
        return { items, total: counting(filter).get(values)?.n ?? 0 }
      })
    },

    ...createOpenTaskStore(db),

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

    /** The first of all whose simulated worker will move, or is to. */
    firstSimulated(): Task | undefined {
      const row = firstSimulated().get()
      return row && toTask(row)
    },

    /**
     * The first of all that will be overdue, or is.
     * @param rejectedMs how long a task stays open after its proof was rejected, in ms
     */
    firstDeadline(rejectedMs: number): Task | undefined {
      const row = firstDeadline().get({ rejectedMs })
      return row && toTask(row)
    },

    insert: (task: Task): void => void insert().run(toRow(task)),
    update: (task: Task): void => void update().run(toRow(task)),

    addMove(taskId: string, from: TaskStatus | null, to: TaskStatus, actor: Actor, at: number): void {
      addMove().run({ taskId, from, to, actor, at })
    },

    /** How often a task has come into a status. */
    timesIn: (taskId: string, status: TaskStatus): number => timesIn().get({ taskId, to: status })?.n ?? 0,

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
    ): void => void reviewPending().run({ taskId, status, reason, at }),

    addDispute: (dispute: Dispute): void => void db.insert(disputes).values(dispute).run(),

    /** The latest one. */
    disputeOf: (taskId: string): Dispute | undefined =>
      db.select().from(disputes).where(eq(disputes.taskId, taskId)).orderBy(desc(disputes.createdAt)).get(),

    resolveDispute: (id: string, at: number): void =>
      void db.update(disputes).set({ resolvedAt: at }).where(eq(disputes.id, id)).run(),
  }
}

// --- internal ---

/** When a task with a deadline ends, if nobody does anything. */
function endsAt(rejectedMs: Placeholder): SQL {
  const { status, statusSince, deadline } = tasks
  return sql`max(${deadline}, case ${status} when 'proof_rejected' then ${statusSince} + ${rejectedMs} else 0 end)`
}

type Row = typeof tasks.$inferSelect

/** Wrapped, because drizzle's `set` takes no bare placeholder. */
const p = (name: string) => sql`${sql.placeholder(name)}`

const PROOF_REVIEW = { status: p('status'), rejectionReason: p('reason'), reviewedAt: p('at') }

/** A task's row, as it is given to a prepared statement. */
const EACH_COLUMN = {
  id: p('id'),
  accountId: p('accountId'),
  environment: p('environment'),
  kind: p('kind'),
  status: p('status'),
  statusSince: p('statusSince'),
  title: p('title'),
  description: p('description'),
  instructions: p('instructions'),
  category: p('category'),
  requiredSkills: p('requiredSkills'),
  address: p('address'),
  city: p('city'),
  state: p('state'),
  latitude: p('latitude'),
  longitude: p('longitude'),
  budgetCents: p('budgetCents'),
  platformFeeCents: p('platformFeeCents'),
  workerPayoutCents: p('workerPayoutCents'),
  priority: p('priority'),
  deadline: p('deadline'),
  proofTypes: p('proofTypes'),
  metadata: p('metadata'),
  workerId: p('workerId'),
  proofAttempts: p('proofAttempts'),
  simulatedAt: p('simulatedAt'),
  createdAt: p('createdAt'),
  updatedAt: p('updatedAt'),
} satisfies Record<keyof Row, unknown>

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
