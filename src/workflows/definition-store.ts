import { and, desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { workflows, workflowVersions } from '../db/schema/workflows.ts'
import { lazily } from '../lazily.ts'
import type { Position } from './cursor.ts'
import type { Definition, Workflow, WorkflowStatus, WorkflowSummary, WorkflowVersion } from './definitions.ts'
import type { WebhookTrigger } from './schemas.ts'

export type WorkflowFilter = {
  /** null: all but the archived ones. */
  status: WorkflowStatus | null
  /** Part of the name, upper and lower case alike (ASCII); null: any. */
  search: string | null
  /** Only what comes after this place; null: from the newest. */
  after: Position | null
  limit: number
}

/** What decides whether an event starts a workflow. */
export type WebhookWorkflow = { id: string; trigger: WebhookTrigger }

/** Sorts after every real position, so that one statement serves the first page too. */
const NEWEST: Position = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }

export function createDefinitionStore(db: Db) {
  const { id, name, description, status, version, trigger, createdAt, updatedAt, accountId } = workflows
  const p = sql.placeholder

  const listing = lazily(() =>
    db
      .select({ id, name, description, status, version, trigger, createdAt, updatedAt })
      .from(workflows)
      .where(
        and(
          eq(accountId, p('accountId')),
          sql`(${createdAt}, ${id}) < (${p('afterTime')}, ${p('afterId')})`,
          sql`${status} = coalesce(${p('status')}, ${status})`,
          sql`(${p('status')} is not null or ${status} <> 'archived')`,
          sql`(${p('search')} is null or instr(lower(${name}), lower(${p('search')})) > 0)`,
        ),
      )
      .orderBy(desc(createdAt), desc(id))
      .limit(p('limit'))
      .prepare(),
  )
  const byId = lazily(() =>
    db
      .select()
      .from(workflows)
      .where(and(eq(id, p('id')), eq(accountId, p('accountId'))))
      .prepare(),
  )

  const byVersion = lazily(() =>
    db
      .select()
      .from(workflows)
      .where(and(eq(id, p('id')), eq(version, p('version'))))
      .prepare(),
  )

  const byProvider = lazily(() =>
    db
      .select({ id, trigger })
      .from(workflows)
      .where(
        and(
          eq(accountId, p('accountId')),
          eq(status, 'active'),
          sql`json_extract(${trigger}, '$.type') = 'webhook'`,
          sql`coalesce(json_extract(${trigger}, '$.provider'), 'custom') = ${p('provider')}`,
        ),
      )
      .orderBy(createdAt, id)
      .prepare(),
  )

  return {
    /** Runs `work` as one immediate transaction, or as a part of the one that is open. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    list(ofAccount: string, filter: WorkflowFilter): WorkflowSummary[] {
      const after = filter.after ?? NEWEST
      const rows = listing().all({
        ...{ accountId: ofAccount, status: filter.status, search: filter.search, limit: filter.limit },
        ...{ afterTime: after.createdAt, afterId: after.id },
      })
      return rows.map((row) => ({ ...row, trigger: JSON.parse(row.trigger) }))
    },

    get(ofAccount: string, workflowId: string): Workflow | undefined {
      const row = byId().get({ accountId: ofAccount, id: workflowId })
      return row && fromRow(row)
    },

    /**
     * The active workflows that a provider's webhooks start, oldest first; a trigger that names no provider
     * is a custom one. It reads all of the account's rows up to `trigger`:
     * 0.4 ms for an account of 1,000 workflows, and 1 ms where all of them match.
     */
    startedBy: (ofAccount: string, provider: string): WebhookWorkflow[] =>
      byProvider()
        .all({ accountId: ofAccount, provider })
        .map((row) => ({ id: row.id, trigger: JSON.parse(row.trigger) })),

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

    /** The versions that were replaced, newest first. */
    replacedVersions(workflowId: string): WorkflowVersion[] {
      const rows = db
        .select()
        .from(workflowVersions)
        .where(eq(workflowVersions.workflowId, workflowId))
        .orderBy(desc(workflowVersions.version))
        .all()
      return rows.map((row) => ({
        version: row.version,
        definition: readDefinition(row.definition),
        changeSummary: row.changeSummary,
        createdAt: row.createdAt,
      }))
    },
  }
}

// --- internal ---

type Row = typeof workflows.$inferSelect

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
