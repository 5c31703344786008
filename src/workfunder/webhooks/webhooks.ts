import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../../audit/actor.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import type { Clock } from '../../clock.ts'
import type { Seal } from '../../data-folder/seal.ts'
import type { OnDisk } from '../../db/on-disk.ts'
import type { Db } from '../../db/open.ts'
import type { Egress } from '../../egress/egress.ts'
import { AppError, refuseInvalid } from '../../errors.ts'
import { type Environment, randomBase62 } from '../../keys/token.ts'
import type { Problem } from '../../lib/problem.ts'
import { opaqueId } from '../opaque-id.ts'
import type { Owner } from '../owner.ts'
import { type AttemptOutcome, createCourier } from './courier.ts'
import { createDeliveryStore, type Delivery, type DeliveryPage } from './delivery-store.ts'
import { isTaskEvent, TASK_EVENTS, type TaskEvent } from './events.ts'
import { createOversight } from './oversight.ts'
import { shownUrl } from './shown-url.ts'
import { createTargetStore, type Target } from './target-store.ts'

export type Publication = {
  accountId: string
  environment: Environment
  taskId: string
  event: TaskEvent
  /** The envelope's `data`, as JSON.stringify takes it. */
  data: unknown
  /** When it happened, in ms since the Unix epoch; left out: now. */
  at?: number
}

/** As the account sees it, for one environment. `events` names each one that it gets. */
export type TargetView = { url: string; events: readonly TaskEvent[] }

/** Which part of the log. */
export type LogPage = { limit: number; offset: number; taskId?: string }

export type Webhooks = ReturnType<typeof createWebhooks>

type Parts = {
  db: Db
  clock: Clock
  /** See courier.ts. */
  hostClock: Clock
  audit: AuditTrail
  seal: Seal
  egress: Egress
  onDisk: OnDisk
  /** Told how each attempt to deliver ended. Left out: nobody is. */
  onAttempt?: (outcome: AttemptOutcome) => void
  /** For tests: see courier.ts. */
  timeLimit?: (ms: number) => AbortSignal
}

/** Tells accounts what happens to their tasks: at least once, and in order per task. */
export function createWebhooks({ db, clock, audit, seal, egress, onDisk, ...others }: Parts) {
  const targets = createTargetStore(db)
  const store = createDeliveryStore(db)
  const courier = createCourier({
    store,
    targetOf: targets.get,
    egress,
    seal,
    clock,
    onDisk,
    ...others,
  })

  /**
   * Puts a target in the place of the one before, in one transaction with its audit row.
   * @param change.next undefined: everything stays as it is
   * @returns the one before.
   */
  function replaceTarget(
    { accountId, environment }: Owner,
    { action, actor, refuseEnded, next }: TargetChange,
  ): Target | undefined {
    return targets.atomically(() => {
      refuseEnded()
      const before = targets.get(accountId, environment)
      const target = next(before)
      if (target === undefined) return before
      targets.put(accountId, environment, target, clock.now())
      if (!isDeepStrictEqual(before, target)) {
        audit.record({
          actor,
          action,
          subject: accountId,
          accountId,
          before: before && factsOf(environment, before),
          after: factsOf(environment, target),
        })
      }
      return before
    })
  }

  return {
    ...courier,
    oversight: createOversight({ db, makeDue: courier.makeDue, targetOf: targets.get, audit }),

    /**
     * Call it in the transaction of the change it tells of: then either both are kept or neither is.
     * @returns the id of the delivery; null: nobody wants to be told.
     */
    publish({ accountId, environment, taskId, event, data, at = clock.now() }: Publication): string | null {
      const target = targets.get(accountId, environment)
      if (!target || !(target.events ?? TASK_EVENTS).includes(event)) return null
      const id = opaqueId()
      const json = JSON.stringify(data)
      store.add({ id, accountId, environment, taskId, event, data: json, occurredAt: at })
      return id
    },

    target(accountId: string, environment: Environment): TargetView | null {
      const target = targets.get(accountId, environment)
      return target ? { url: target.url, events: target.events ?? TASK_EVENTS } : null
    },

    /**
     * One environment's target knows nothing of the other's.
     * @param input.events left out: every event.
     * @returns the signing secret where this made one, which is the only time it is told; else null.
     * @throws INVALID_INPUT for a URL that we may not call, or an unknown event; what `refuseEnded` does.
     */
    async configure(
      accountId: string,
      environment: Environment,
      input: { url: string; events?: readonly string[] },
      actor: Actor,
      refuseEnded: () => void = refuseNobody,
    ): Promise<TargetView & { secret: string | null }> {
      const { problem } = await egress.read(input.url)
      refuseInvalid([
        ...(problem === null ? [] : [{ field: 'url', message: problem }]),
        ...eventProblems(input.events),
      ])
      const events = input.events?.filter(isTaskEvent) ?? null
      const secret = newSecret()
      const before = await seal.seal(secret, accountId, (sealed) =>
        replaceTarget(
          { accountId, environment },
          {
            action: 'webhooks.configure',
            actor,
            refuseEnded,
            next: (present) => ({ url: input.url, events, secret: present?.secret ?? sealed }),
          },
        ),
      )
      return { url: input.url, events: events ?? TASK_EVENTS, secret: before ? null : secret }
    },

    /** The old secret signs nothing from here on. @throws NOT_FOUND where no URL was configured; what `refuseEnded` does. */
    async rotateSecret(
      accountId: string,
      environment: Environment,
      actor: Actor,
      refuseEnded: () => void = refuseNobody,
    ): Promise<{ secret: string }> {
      const secret = newSecret()
      const before = await seal.seal(secret, accountId, (sealed) =>
        replaceTarget(
          { accountId, environment },
          {
            action: 'webhooks.rotateSecret',
            actor,
            refuseEnded,
            next: (present) => present && { ...present, secret: sealed },
          },
        ),
      )
      if (!before) throw new AppError('NOT_FOUND', 'No webhook URL is configured')
      return { secret }
    },

    /** With its attempts. @throws NOT_FOUND */
    delivery(accountId: string, environment: Environment, id: string): Delivery {
      const delivery = store.get(accountId, environment, id)
      if (!delivery) throw new AppError('NOT_FOUND', 'Webhook delivery not found')
      return delivery
    },

    /** Newest first, each with its attempts; and how many there are, at most 10,000. */
    deliveries(accountId: string, environment: Environment, page: LogPage): DeliveryPage {
      return store.list({ accountId, environment, ...page })
    },

    /**
     * Makes a delivery due now; its attempts go on counting. One that is still being retried goes on with its
     * schedule; any other gets a single attempt, which holds up none of its task's other events. One whose attempt is
     * under way and succeeds gets one more, too.
     * @throws NOT_FOUND
     */
    redeliver(accountId: string, environment: Environment, deliveryId: string): Delivery {
      const delivery = courier.makeDue(accountId, environment, deliveryId)
      if (!delivery) throw new AppError('NOT_FOUND', 'Webhook delivery not found')
      return delivery
    },
  }
}

// --- internal ---

type TargetChange = {
  action: 'webhooks.configure' | 'webhooks.rotateSecret'
  actor: Actor
  /** Called in the transaction that stores the change, because a look-up of a name lies before it. */
  refuseEnded: () => void
  next: (before: Target | undefined) => Target | undefined
}

/** For the operator, who has no key that could end. */
function refuseNobody(): void {}

/** What the audit trail tells of a target. */
function factsOf(environment: Environment, { url, events }: Target) {
  return { environment, url: shownUrl(url), events }
}

/** 190 bits, as much as a key has. */
const SECRET_LENGTH = 32

function newSecret(): string {
  return `whsec_${randomBase62(SECRET_LENGTH)}`
}

function eventProblems(events: readonly string[] = []): Problem[] {
  return events.flatMap((event, i) => {
    const field = `events[${i}]`
    if (!isTaskEvent(event)) return [{ field, message: `must be one of ${TASK_EVENTS.join(', ')}` }]
    return events.indexOf(event) < i ? [{ field, message: `names ${event} a second time` }] : []
  })
}
