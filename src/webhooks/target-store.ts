import { eq, sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { webhookTargets } from '../db/schema/webhooks.ts'
import { lazily } from '../lazily.ts'
import { isTaskEvent, type TaskEvent } from './events.ts'

/** Where an account's events go. */
export type Target = {
  url: string
  /** null: every event, those to come included. */
  events: TaskEvent[] | null
  /** Sealed, under the account's id. */
  secret: Buffer
}

export function createTargetStore(db: Db) {
  const byAccount = lazily(() =>
    db
      .select({ url: webhookTargets.url, events: webhookTargets.events, secret: webhookTargets.secret })
      .from(webhookTargets)
      .where(eq(webhookTargets.accountId, sql.placeholder('accountId')))
      .prepare(),
  )

  return {
    get(accountId: string): Target | undefined {
      const row = byAccount().get({ accountId })
      return (
        row && { ...row, events: row.events === null ? null : JSON.parse(row.events).filter(isTaskEvent) }
      )
    },

    /** Keeps the secret of a target that is there already. @returns whether there was none. */
    put(accountId: string, { url, events, secret }: Target, now: number): boolean {
      const shown = { url, events: events && JSON.stringify(events), updatedAt: now }
      return db.transaction(
        (tx) => {
          const isNew = byAccount().get({ accountId }) === undefined
          tx.insert(webhookTargets)
            .values({ accountId, secret, createdAt: now, ...shown })
            .onConflictDoUpdate({ target: webhookTargets.accountId, set: shown })
            .run()
          return isNew
        },
        { behavior: 'immediate' },
      )
    },

    /** @returns whether the account has a target. */
    setSecret(accountId: string, secret: Buffer, now: number): boolean {
      const ofAccount = eq(webhookTargets.accountId, accountId)
      return db.update(webhookTargets).set({ secret, updatedAt: now }).where(ofAccount).run().changes > 0
    },
  }
}
