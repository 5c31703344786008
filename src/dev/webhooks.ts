import type { Accounts } from '../accounts/accounts.ts'
import { AppError, invalid } from '../errors.ts'
import { ENVIRONMENTS, type Environment } from '../keys/token.ts'
import { isoTime } from '../lib/instant.ts'
import { isObject } from '../lib/json-object.ts'
import { nearMiss } from '../lib/near-miss.ts'
import { opaqueId } from '../workfunder/opaque-id.ts'
import type { Delivery } from '../workfunder/webhooks/delivery-store.ts'
import { isTaskEvent, TASK_EVENTS, type TaskEvent } from '../workfunder/webhooks/events.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import { theAccount } from './the-account.ts'

export type SendWebhookInput = {
  /** task.completed */
  event: string
  /** What the envelope holds; left out: {}. An `id` in it is the task's. */
  data?: unknown
  /** Left out: test. */
  environment?: string
  /** Left out: the only account. */
  accountId?: string
}

export type SentWebhook = ReturnType<typeof deliveryView>

type Parts = { accounts: Accounts; webhooks: Webhooks }

/** How long it is waited for the receiver, in ms of the host's time: less than a command waits for its answer. */
const ANSWER_WITHIN_MS = 3000

/** Sends events that nothing has led to, for whoever tests a receiver. */
export function createWebhookOperations({ accounts, webhooks }: Parts) {
  return {
    /**
     * Sends an event as any other: signed, to the account's target, tried again where it must be.
     * @returns its delivery, after the first try or some seconds
     * @throws INVALID_INPUT, NOT_FOUND for the account, INVALID_STATE where no target takes it
     */
    async send(input: SendWebhookInput): Promise<SentWebhook> {
      const event = eventOf(input.event)
      const environment = environmentOf(input.environment)
      const { data = {} } = input
      if (!isObject(data)) throw invalid('data', 'must be an object')
      const { id: accountId } = theAccount(accounts, input.accountId)
      const taskId = typeof data.id === 'string' && TASK_ID.test(data.id) ? data.id : opaqueId()
      const id = webhooks.publish({ accountId, environment, taskId, event, data })
      if (id === null) throw new AppError('INVALID_STATE', untaken(webhooks, accountId, environment, event))
      const outOfTime = new Promise<void>((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS).unref())
      await Promise.race([webhooks.deliverDue(), outOfTime])
      return deliveryView(webhooks.delivery(accountId, environment, id))
    },
  }
}

// --- internal ---

/** Ours have 32 characters. */
const TASK_ID = /^[\w.-]{1,64}$/

function eventOf(event: unknown): TaskEvent {
  if (typeof event === 'string' && isTaskEvent(event)) return event
  const hint = typeof event === 'string' ? nearMiss(event, TASK_EVENTS) : ''
  throw invalid('event', `must be one of ${TASK_EVENTS.join(', ')}${hint && `.${hint}`}`)
}

function environmentOf(environment: unknown = 'test'): Environment {
  const known = ENVIRONMENTS.find((one) => one === environment)
  if (known) return known
  throw invalid('environment', 'must be live or test')
}

function untaken(webhooks: Webhooks, accountId: string, environment: Environment, event: TaskEvent): string {
  return webhooks.target(accountId, environment) === null
    ? `No webhook URL is configured for ${environment}: PUT /v1/account/webhook`
    : `The webhook target for ${environment} does not take ${event}`
}

function deliveryView({ attempts, ...delivery }: Delivery) {
  const { id, accountId, environment, taskId, event, status } = delivery
  return {
    id,
    accountId,
    environment,
    taskId,
    event,
    status,
    nextAttemptAt: isoTime(delivery.nextAttemptAt),
    deliveredAt: isoTime(delivery.deliveredAt),
    attempts: attempts.map(({ at, ...attempt }) => ({ ...attempt, at: isoTime(at) })),
  }
}
