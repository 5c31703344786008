import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import { isoTime } from '../lib/instant.ts'
import { DELIVERY_STATUSES } from '../workfunder/webhooks/delivery-store.ts'
import type { OverseenDelivery } from '../workfunder/webhooks/oversight.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import { accountFilter } from './account-filter.ts'
import { boundedText } from './bounded-json.ts'
import { known, listLimit } from './listed.ts'
import { optionalText, textField } from './text-field.ts'

export type ListDeliveriesInput = {
  accountId?: string
  taskId?: string
  status?: string
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
  /** The id of the delivery that ends what was listed before. */
  after?: string
}

type Parts = { webhooks: Pick<Webhooks, 'oversight'>; accounts: Accounts }

export type DeliveryView = ReturnType<typeof deliveryView>

export function createDeliveryOperations({ webhooks: { oversight }, accounts }: Parts, actor: Actor) {
  return {
    /** Of all accounts, the last that happened first. @throws INVALID_INPUT; NOT_FOUND for the account */
    async list({ accountId, taskId, status, limit, after }: ListDeliveriesInput) {
      const found = await oversight.list({
        accountId: accountFilter(accounts, accountId),
        taskId: optionalText('taskId', taskId),
        status: known('status', status, DELIVERY_STATUSES),
        limit: listLimit(limit),
        after: optionalText('after', after),
      })
      return found.map(deliveryView)
    },

    /** With its last attempts, oldest first, and what it tells the receiver, whose answers are not kept. @throws NOT_FOUND */
    async show({ id }: { id: string }) {
      const { delivery, attempts, data } = oversight.delivery(textField('id', id))
      return {
        ...deliveryView(delivery),
        data: boundedText(data),
        attemptList: attempts.map(({ attemptNumber, at, durationMs, responseStatus, error }) => ({
          ...{ attemptNumber, at: isoTime(at), durationMs, status: responseStatus, error },
        })),
      }
    },

    /**
     * Makes it due now: it goes out when a server is at work, and its attempts go on counting. One that still waits behind another
     * of its task stays there. @throws NOT_FOUND
     */
    redeliver: async ({ id }: { id: string }) =>
      deliveryView(oversight.redeliver(textField('id', id), actor)),
  }
}

/** A delivery as lists show it. */
export function deliveryView({ occurredAt, nextAttemptAt, deliveredAt, ...delivery }: OverseenDelivery) {
  return {
    ...delivery,
    nextAttemptAt: isoTime(nextAttemptAt),
    deliveredAt: isoTime(deliveredAt),
    /** When it happened. */
    createdAt: isoTime(occurredAt),
  }
}
