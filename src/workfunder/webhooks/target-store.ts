import { and, eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { columns, prepareRead } from '../../db/read.ts'
import { webhookTargets } from '../../db/schema/webhooks.ts'
import type { Environment } from '../../keys/token.ts'
import { lazily } from '../../lib/lazily.ts'
import { isTaskEvent, type TaskEvent } from './events.ts'

/** Where the events of an account and environment go. */
export type Target = {
  url: string
  /** null: every event, those to come included. */
  events: TaskEvent[] | null
  /** Sealed, under the account's id. */
  secret: Buffer
}

export function createTargetStore(db: Db) {
  const { url, events, secret } = webhookTargets
  const byOwner = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns({ url, events, secret }))
        .from(webhookTargets)
        .where(
          and(
            eq(webhookTargets.accountId, sql.placeholder('accountId')),
            eq(webhookTargets.environment, sql.placeholder('environment')),
          ),
        ),
    ),
  )

  return {
    get(accountId: string, environment: Environment): Target | undefined {
      const row = byOwner().get({ accountId, environment })
      return (
        row && { ...row, events: row.events === null ? null : JSON.parse(row.events).filter(isTaskEvent) }
      )
    },

    /** Runs `work` as one immediate transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    /** In the place of the one before, where there is one. @param now in ms */
    put(accountId: string, environment: Environment, { url, events, secret }: Target, now: number): void {
      const target = { url, events: events && JSON.stringify(events), secret, updatedAt: now }
      db.insert(webhookTargets)
        .values({ accountId, environment, createdAt: now, ...target })
        .onConflictDoUpdate({
          target: [webhookTargets.accountId, webhookTargets.environment],
          set: target,
        })
        .run()
    },
  }
}
