import { and, desc, eq, getTableColumns, lt, ne, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { columns, perFilter, prepareRead } from '../../db/read.ts'
import {
  TAKES_UNSIGNED,
  WAITS_FOR_WEBHOOKS,
  WEBHOOK_PATH,
  WEBHOOK_PROVIDER,
  workflows,
  workflowVersions,
} from '../../db/schema/workflows.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Cursor, Page } from '../page.ts'
import { fittingPage, toPage } from '../page.ts'
import type { Definition, Workflow, WorkflowStatus, WorkflowSummary, WorkflowVersion } from './definition.ts'

export type WorkflowFilter = {
  /** null: all but the archived ones. */
  status: WorkflowStatus | null
  /** Part of the name, upper and lower case alike (ASCII); null: any. */
  search: string | null
  /** Only what comes after this place; null: from the newest. */
  after: Cursor | null
  limit: number
}

/** A workflow that webhooks start. */
export type WebhookWorkflow = { id: string; takesUnsigned: boolean }

/** Which events a trigger lets through; empty: all. `bytes`: of the whole trigger, in which they are looked for. */
export type TriggerEvents = { events: readonly string[]; bytes: number }

/** `before`: only versions of a lower number. */
export type VersionFilter = { before: number; limit: number }

/** Of a trigger, in bytes: a page of 100 such ones is within what a page may hold. */
const SMALL_BYTES = 10 * 1024

export function createDefinitionStore(db: Db) {
  const { id, name, description, status, version, trigger, createdAt, updatedAt, accountId } = workflows
  const p = sql.placeholder

  const filters = {
    after: sql`(${createdAt}, ${id}) < (${p('afterTime')}, ${p('afterId')})`,
    status: eq(status, p('status')),
    unarchived: ne(status, 'archived'),
    search: sql`instr(lower(${name}), lower(${p('search')})) > 0`,
  }
  const ofAccount = eq(accountId, p('accountId'))
  const newestFirst = [desc(createdAt), desc(id)]
  const shown = { id, name, description, status, version, trigger, createdAt, updatedAt }
  const listing = perFilter(filters, (conditions) =>
    prepareRead(
      db,
      db
        .select(columns(shown))
        .from(workflows)
        .where(and(ofAccount, ...conditions))
        .orderBy(...newestFirst)
        .limit(p('limit')),
    ),
  )
  const listingSizes = perFilter(filters, (conditions) =>
    prepareRead(
      db,
      db
        .select(columns({ bytes: sql<number>`octet_length(${trigger})` }))
        .from(workflows)
        .where(and(ofAccount, ...conditions))
        .orderBy(...newestFirst)
        .limit(p('limit')),
    ),
  )
  const smallTrigger = sql<
    string | null
  >`case when octet_length(${trigger}) <= ${SMALL_BYTES} then ${trigger} end`
  // One query where no trigger is large, which is nearly always: the sizes alone cost half as much again.
  const listingOfSmall = perFilter(filters, (conditions) =>
    prepareRead(
      db,
      db
        .select(columns({ ...shown, trigger: smallTrigger }))
        .from(workflows)
        .where(and(ofAccount, ...conditions))
        .orderBy(...newestFirst)
        .limit(p('limit')),
    ),
  )
  const byId = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(workflows)))
        .from(workflows)
        .where(and(eq(id, p('id')), eq(accountId, p('accountId')))),
    ),
  )

  const byVersion = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(workflows)))
        .from(workflows)
        .where(and(eq(id, p('id')), eq(version, p('version')))),
    ),
  )

  const waiting = [
    ofAccount,
    sql.raw(WAITS_FOR_WEBHOOKS),
    sql`${sql.raw(WEBHOOK_PROVIDER)} = ${p('provider')}`,
  ]
  const byProvider = lazily(() => webhookWorkflows(and(...waiting)))
  const byPath = lazily(() =>
    webhookWorkflows(
      and(...waiting, sql`${sql.raw(WEBHOOK_PATH)} in (select value from json_each(${p('paths')}))`),
    ),
  )

  function webhookWorkflows(which: SQL | undefined) {
    const takesUnsigned = sql<0 | 1>`${sql.raw(TAKES_UNSIGNED)}`
    // The plus keeps SQLite from the index of the list: that has this order, but with it all triggers would be read.
    const oldestFirst = [sql`+${createdAt}`, id]
    return db
      .select({ id, takesUnsigned })
      .from(workflows)
      .where(which)
      .orderBy(...oldestFirst)
      .prepare()
  }

  const events = lazily(() =>
    db
      .select({
        events: sql<string | null>`${trigger} -> '$.events'`,
        bytes: sql<number>`octet_length(${trigger})`,
      })
      .from(workflows)
      .where(and(eq(id, p('id')), sql.raw(WAITS_FOR_WEBHOOKS)))
      .prepare(),
  )

  const replaced = and(
    eq(workflowVersions.workflowId, p('workflowId')),
    lt(workflowVersions.version, p('before')),
  )
  const versionSizes = lazily(() =>
    db
      .select({ bytes: sql<number>`octet_length(${workflowVersions.definition})` })
      .from(workflowVersions)
      .where(replaced)
      .orderBy(desc(workflowVersions.version))
      .limit(p('limit'))
      .prepare(),
  )
  const versions = lazily(() => {
    const { workflowId: _, ...shown } = getTableColumns(workflowVersions)
    return db
      .select(shown)
      .from(workflowVersions)
      .where(replaced)
      .orderBy(desc(workflowVersions.version))
      .limit(p('limit'))
      .prepare()
  })

  return {
    /** Runs `work` as one immediate transaction, or as a part of the one that is open. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    /** Newest first: a page that ends early where triggers are large. */
    list(ofAccount: string, { status, search, after, limit }: WorkflowFilter): Page<WorkflowSummary> {
      const given = { after, status, search, unarchived: status === null ? true : null }
      const values = { accountId: ofAccount, status, search, afterTime: after?.createdAt, afterId: after?.id }
      const wanted = { ...values, limit: limit + 1 }
      const small = listingOfSmall(given).all(wanted)
      if (small.every(hasTrigger)) return toPage(small.map(summaryOf), limit)
      const { count, hasMore } = fittingPage(listingSizes(given).all(wanted), limit)
      const rows = listing(given).all({ ...values, limit: count })
      return { items: rows.map(summaryOf), hasMore }
    },

    get(ofAccount: string, workflowId: string): Workflow | undefined {
      const row = byId().get({ accountId: ofAccount, id: workflowId })
      return row && fromRow(row)
    },

    /** The active workflows that a provider's webhooks start, oldest first. */
    startedBy: (ofAccount: string, provider: string): WebhookWorkflow[] =>
      byProvider().all({ accountId: ofAccount, provider }).map(webhookWorkflowOf),

    /** Those that custom webhooks start at one of these paths, as the triggers write them; oldest first. */
    startedAt: (ofAccount: string, paths: readonly string[]): WebhookWorkflow[] =>
      byPath()
        .all({ accountId: ofAccount, provider: 'custom', paths: JSON.stringify(paths) })
        .map(webhookWorkflowOf),

    /** Which events a webhook's workflow takes; undefined where webhooks do not start it any more. */
    eventsOf(workflowId: string): TriggerEvents | undefined {
      const row = events().get({ id: workflowId })
      return row && { events: row.events === null ? [] : JSON.parse(row.events), bytes: row.bytes }
    },

    insert: (workflow: Workflow): void => void db.insert(workflows).values(toRow(workflow)).run(),

    /** @param replaced the version that goes into the history, or null where this is none. */
    update(workflow: Workflow, replaced: WorkflowVersion | null): void {
      db.transaction(
        (tx) => {
          if (replaced) {
            const definition = JSON.stringify(replaced.definition)
            tx.insert(workflowVersions)
              .values({ workflowId: workflow.id, ...replaced, definition })
              .run()
          }
          tx.update(workflows).set(toRow(workflow)).where(eq(id, workflow.id)).run()
        },
        { behavior: 'immediate' },
      )
    },

    /** One version, the current one or a replaced one. */
    version(workflowId: string, number: number): Definition | undefined {
      const current = byVersion().get({ id: workflowId, version: number })
      if (current) return fromRow(current)
      const replaced = db
        .select({ definition: workflowVersions.definition })
        .from(workflowVersions)
        .where(and(eq(workflowVersions.workflowId, workflowId), eq(workflowVersions.version, number)))
        .get()
      return replaced && readDefinition(replaced.definition)
    },

    /** The versions that were replaced, newest first: a page that ends early where they are large. */
    replacedVersions(workflowId: string, { before, limit }: VersionFilter): Page<WorkflowVersion> {
      const sizes = versionSizes().all({ workflowId, before, limit: limit + 1 })
      const { count, hasMore } = fittingPage(sizes, limit)
      const rows = versions().all({ workflowId, before, limit: count })
      const items = rows.map(({ definition, ...row }) => ({ ...row, definition: readDefinition(definition) }))
      return { items, hasMore }
    },
  }
}

// --- internal ---

type Row = typeof workflows.$inferSelect

function hasTrigger<T extends { trigger: string | null }>(row: T): row is T & { trigger: string } {
  return row.trigger !== null
}

function summaryOf<T extends { trigger: string }>(row: T) {
  return { ...row, trigger: JSON.parse(row.trigger) }
}

function webhookWorkflowOf({ id, takesUnsigned }: { id: string; takesUnsigned: 0 | 1 }): WebhookWorkflow {
  return { id, takesUnsigned: takesUnsigned === 1 }
}

function fromRow(row: Row): Workflow {
  return {
    ...row,
    trigger: JSON.parse(row.trigger),
    steps: JSON.parse(row.steps),
    inputSchema: parseOrNull(row.inputSchema),
    outputSchema: parseOrNull(row.outputSchema),
    settings: parseOrNull(row.settings),
    variables: parseOrNull(row.variables),
    canvasState: parseOrNull(row.canvasState),
  }
}

function toRow(workflow: Workflow): Row {
  return {
    ...workflow,
    trigger: JSON.stringify(workflow.trigger),
    steps: JSON.stringify(workflow.steps),
    inputSchema: stringifyOrNull(workflow.inputSchema),
    outputSchema: stringifyOrNull(workflow.outputSchema),
    settings: stringifyOrNull(workflow.settings),
    variables: stringifyOrNull(workflow.variables),
    canvasState: stringifyOrNull(workflow.canvasState),
  }
}

/** A version that was replaced before workflows had variables of their own says nothing of them. */
function readDefinition(text: string): Definition {
  return { variables: null, ...JSON.parse(text) }
}

function parseOrNull(text: string | null) {
  return text === null ? null : JSON.parse(text)
}

function stringifyOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}
