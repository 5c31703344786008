import { and, asc, count, eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { workflowSecrets } from '../../db/schema/workflows.ts'
import { lazily } from '../../lib/lazily.ts'

export type SecretRow = typeof workflowSecrets.$inferSelect

/** A secret's name and times; its value is shown to nobody. */
export type SecretName = Pick<SecretRow, 'name' | 'createdAt' | 'updatedAt'>

export function createSecretStore(db: Db) {
  const { workflowId: ofWorkflow, name, createdAt, updatedAt } = workflowSecrets
  const isNamed = (workflowId: string, of: string) => and(eq(ofWorkflow, workflowId), eq(name, of))
  const sealed = lazily(() =>
    db
      .select()
      .from(workflowSecrets)
      .where(eq(ofWorkflow, sql.placeholder('workflowId')))
      .prepare(),
  )

  return {
    /** By name. */
    list: (workflowId: string): SecretName[] =>
      db
        .select({ name, createdAt, updatedAt })
        .from(workflowSecrets)
        .where(eq(ofWorkflow, workflowId))
        .orderBy(asc(name))
        .all(),

    get: (workflowId: string, of: string): SecretName | undefined =>
      db.select({ name, createdAt, updatedAt }).from(workflowSecrets).where(isNamed(workflowId, of)).get(),

    /** With their sealed values. */
    sealed: (workflowId: string): SecretRow[] => sealed().all({ workflowId }),

    /** Asks and writes at once, because two requests may seal at the same time. */
    insert(row: SecretRow, max: number): 'inserted' | 'exists' | 'full' {
      return db.transaction(
        (tx) => {
          const taken = tx
            .select({ name })
            .from(workflowSecrets)
            .where(isNamed(row.workflowId, row.name))
            .get()
          if (taken) return 'exists'
          const held = tx
            .select({ secrets: count() })
            .from(workflowSecrets)
            .where(eq(ofWorkflow, row.workflowId))
            .get()
          if ((held?.secrets ?? 0) >= max) return 'full'
          tx.insert(workflowSecrets).values(row).run()
          return 'inserted'
        },
        { behavior: 'immediate' },
      )
    },

    /** @returns whether there was one. */
    replace: (workflowId: string, of: string, value: Buffer, at: number): boolean =>
      db.update(workflowSecrets).set({ value, updatedAt: at }).where(isNamed(workflowId, of)).run().changes >
      0,

    /** @returns whether there was one. */
    remove: (workflowId: string, of: string): boolean =>
      db.delete(workflowSecrets).where(isNamed(workflowId, of)).run().changes > 0,
  }
}
