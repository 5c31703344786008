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

    /** Keeps the secret of a target that is there already. @returns whether there was none. */
    put(accountId: string, environment: Environment, target: Target, now: number): boolean {
      const { url, events, secret } = target
      const shown = { url, events: events && JSON.stringify(events), updatedAt: now }
      return db.transaction(
        (tx) => {
          const isNew = byOwner().get({ accountId, environment }) === undefined
          tx.insert(webhookTargets)
            .values({ accountId, environment, secret, createdAt: now, ...shown })
            .onConflictDoUpdate({
              target: [webhookTargets.accountId, webhookTargets.environment],
              set: shown,
            })
            .run()
          return isNew
        },
        { behavior: 'immediate' },
      )
    },

    /** @returns whether there is a target. */
    setSecret(accountId: string, environment: Environment, secret: Buffer, now: number): boolean {
      const ofOwner = and(
        eq(webhookTargets.accountId, accountId),
        eq(webhookTargets.environment, environment),
      )
      return db.update(webhookTargets).set({ secret, updatedAt: now }).where(ofOwner).run().changes > 0
    },
  }
}
