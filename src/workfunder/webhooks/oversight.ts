import type { Actor } from '../../audit/actor.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import type { Db } from '../../db/open.ts'
import { AppError, invalid } from '../../errors.ts'
import type { Courier } from './courier.ts'
import { ATTEMPTS_TOLD, type Attempt, type DeliveryRow } from './delivery-store.ts'
import { createOversightStore, type DeliverySearch, type ListedDelivery } from './oversight-store.ts'
import { shownUrl } from './shown-url.ts'
import type { Target } from './target-store.ts'

export type Oversight = ReturnType<typeof createOversight>

/** `after`: the id of the delivery that ends what was listed before. */
export type DeliveryListing = Omit<DeliverySearch, 'after'> & { after?: string }

/** A delivery of any account, where such deliveries go now (null: nowhere), and how the last attempt ended. */
export type OverseenDelivery = Omit<ListedDelivery, 'seq'> & {
  url: string | null
  lastStatus: number | null
  lastError: string | null
}

type Parts = {
  db: Db
  /** See courier.ts. */
  makeDue: Courier['makeDue']
  targetOf: (accountId: string, environment: DeliveryRow['environment']) => Target | undefined
  audit: AuditTrail
}

/** What the operator sees of any account's webhooks, never a secret of theirs, and sends again. */
export function createOversight({ db, makeDue, targetOf, audit }: Parts) {
  const all = createOversightStore(db)

  /** @throws NOT_FOUND */
  function find(id: string): DeliveryRow {
    const row = all.get(id)
    if (!row) throw new AppError('NOT_FOUND', 'Webhook delivery not found')
    return row
  }

  /** @throws INVALID_INPUT */
  function placeOf(after: string | undefined): number | undefined {
    if (after === undefined) return undefined
    const row = all.get(after)
    if (!row) throw invalid('after', 'must be the id of a delivery')
    return row.seq
  }

  function overseen({ seq, ...row }: ListedDelivery): OverseenDelivery {
    const target = targetOf(row.accountId, row.environment)
    const { responseStatus = null, error = null } = all.lastAttempt(seq) ?? {}
    return { ...row, url: target ? shownUrl(target.url) : null, lastStatus: responseStatus, lastError: error }
  }

  return {
    /** The last that happened first. @throws INVALID_INPUT */
    list: async ({ after, ...search }: DeliveryListing): Promise<OverseenDelivery[]> =>
      (await all.list({ ...search, after: placeOf(after) })).map(overseen),

    /** With its last attempts, oldest first, and the JSON of what it tells. @throws NOT_FOUND */
    delivery(id: string): { delivery: OverseenDelivery; attempts: Attempt[]; data: string } {
      const { data, ...row } = find(id)
      return { delivery: overseen(row), attempts: all.attemptsOf(row.seq, ATTEMPTS_TOLD), data }
    },

    /** As the account may (webhooks.ts), in one transaction with its audit row. @throws NOT_FOUND */
    redeliver(id: string, actor: Actor): OverseenDelivery {
      return db.transaction(
        () => {
          const { accountId, environment, taskId, event, status } = find(id)
          makeDue(accountId, environment, id)
          const { data: _, ...row } = find(id)
          const facts = { taskId, event }
          audit.record({
            actor,
            action: 'deliveries.redeliver',
            subject: id,
            accountId,
            before: { ...facts, status },
            after: { ...facts, status: row.status },
          })
          return overseen(row)
        },
        { behavior: 'immediate' },
      )
    },
  }
}
