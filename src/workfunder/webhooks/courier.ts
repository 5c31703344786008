import type { Clock } from '../../clock.ts'
import type { Seal } from '../../data-folder/seal.ts'
import type { OnDisk } from '../../db/on-disk.ts'
import type { Egress } from '../../egress/egress.ts'
import { EgressError } from '../../egress/failure.ts'
import type { Environment } from '../../keys/token.ts'
import type { DueSource } from '../../lib/due.ts'
import { logFailure } from '../../log.ts'
import { retryDelayMs } from './backoff.ts'
import type { Attempt, Delivery, DeliveryRow, DeliveryStore, Outcome, Receiver } from './delivery-store.ts'
import { signatureHeaders } from './signature.ts'
import type { Target } from './target-store.ts'
import { createUnderWay, UNDER_WAY_PER_RECEIVER_MAX } from './under-way.ts'

/** How one attempt ended; `retry`: it failed, and there is to be another. */
export type AttemptOutcome = 'delivered' | 'retry' | 'failed'

/** Carries what the outbox holds to the accounts' URLs. */
export type Courier = {
  /**
   * Sends what is due: many at once, one of a task at a time. Call it often; with nothing due it is one query.
   * @returns when all that is under way, from other calls too, has ended and nothing more is due. Never rejects:
   * the log tells of a database that cannot be written to, and a delivery whose outcome is not written is not sent again.
   */
  deliverDue(): Promise<void>
  due: DueSource
  /**
   * Makes a delivery due (delivery-store.ts); one that is under way is sent once more when its attempt has ended, however
   * that ended.
   */
  makeDue(accountId: string, environment: Environment, id: string): Delivery | undefined
  /** Resolves when nothing is under way. */
  allSent(): Promise<void>
  /** The ids of the deliveries that are under way. */
  underWay(): string[]
  /** Starts nothing more, and lets what is under way end, for a second or so many ms; the next process sends the rest again. */
  close(graceMs?: number): Promise<void>
}

type Parts = {
  store: DeliveryStore
  targetOf: (accountId: string, environment: Environment) => Target | undefined
  egress: Egress
  seal: Seal
  clock: Clock
  /** For how long things take, and for signatures, which receivers hold against their own clock. */
  hostClock: Clock
  onDisk: OnDisk
  /** Told how each attempt ended, when that is written down. Left out: nobody is. */
  onAttempt?: (outcome: AttemptOutcome) => void
  /** A signal that ends a request after so many ms of the host's time. */
  timeLimit?: (ms: number) => AbortSignal
}

/** How long a receiver has to answer (workfunder/README.md, "Webhooks"). */
const ANSWER_WITHIN_MS = 30_000

const CLOSE_GRACE_MS = 1000

/** How long nothing is read or written after the database has failed, in ms. */
const PAUSE_MS = 1000

export function createCourier(parts: Parts): Courier {
  const { store, targetOf, egress, seal, clock, hostClock, onDisk, onAttempt } = parts
  const { timeLimit = AbortSignal.timeout } = parts
  const underWay = createUnderWay()
  const unwritten: Ended[] = []
  const sending = new Set<Promise<void>>()
  const closing = new AbortController()
  let isOpen = true
  let pausedUntilMs = 0
  let idle: Promise<void> | null = null

  function advance(): void {
    if (hostClock.elapsed() < pausedUntilMs) return
    try {
      write()
      if (isOpen) sendDue()
    } catch (error) {
      pausedUntilMs = hostClock.elapsed() + PAUSE_MS
      logFailure('the delivery of webhooks', error)
    }
  }

  function write(): void {
    for (let ended = unwritten[0]; ended; ended = unwritten[0]) {
      const { delivery, attempt, endedAt } = ended
      const outcome = underWay.isWantedAgain(delivery.taskId) ? dueAgain(ended) : ended.outcome
      store.settle(delivery, attempt, outcome, endedAt)
      unwritten.shift()
      underWay.remove(delivery.taskId)
      onAttempt?.(attemptOutcome(attempt, outcome))
    }
  }

  function sendDue(): void {
    if (underWay.isFull()) return
    const now = clock.now()
    store.pullForward(now)
    for (const receiver of underWay.inTurn(store.receiversDue(now))) {
      if (!underWay.mayStart(receiver)) continue
      for (const delivery of dueOf(receiver)) {
        if (underWay.has(delivery.taskId) || !underWay.mayStart(receiver)) continue
        void begin(delivery, advance)
      }
    }
  }

  /** @param onEnd called when the outcome is there to be written; must not throw */
  function begin(delivery: DeliveryRow, onEnd: () => void): Promise<void> {
    underWay.add(delivery)
    const sent = send(delivery)
      .then(onEnd)
      .finally(() => sending.delete(sent))
    sending.add(sent)
    return sent
  }

  function dueOf(receiver: Receiver): DeliveryRow[] {
    return store.dueOf({
      ...receiver,
      now: clock.now(),
      busyTasks: underWay.tasks(),
      limit: UNDER_WAY_PER_RECEIVER_MAX,
    })
  }

  async function send(delivery: DeliveryRow): Promise<void> {
    if (!(await isOnDisk())) return underWay.remove(delivery.taskId)
    const startedMs = hostClock.elapsed()
    const at = clock.now()
    const answer = await post(delivery, hostClock.now())
    if (closing.signal.aborted) return
    const durationMs = hostClock.elapsed() - startedMs
    const attempt = { attemptNumber: delivery.attempts + 1, at, durationMs, ...answer }
    const endedAt = clock.now()
    unwritten.push({ delivery, attempt, endedAt, outcome: outcomeOf(delivery, attempt, endedAt) })
  }

  /** Nobody hears of an event that a power cut could undo. Where that cannot be said, nothing is sent for a while. */
  function isOnDisk(): Promise<boolean> {
    return onDisk().then(
      () => true,
      () => {
        pausedUntilMs = hostClock.elapsed() + PAUSE_MS
        return false
      },
    )
  }

  /** Never rejects: whatever goes wrong is an answer too. */
  async function post(delivery: DeliveryRow, sentAt: number): Promise<Answer> {
    try {
      const target = targetOf(delivery.accountId, delivery.environment)
      if (!target) return { responseStatus: null, error: 'no webhook URL is configured' }
      const secret = await seal.open(target.secret, delivery.accountId).catch(() => null)
      if (secret === null) return { responseStatus: null, error: SECRET_LOST }
      const body = envelope(delivery)
      const response = await egress.send(target.url, {
        method: 'POST',
        headers: { ...HEADERS, ...signatureHeaders(secret, body, sentAt) },
        body,
        signal: AbortSignal.any([closing.signal, timeLimit(ANSWER_WITHIN_MS)]),
      })
      // The status says it all, and a body may be endless.
      await response.body?.cancel().catch(() => {})
      if (complaint(response.status) === null) underWay.wasInTime(delivery)
      return { responseStatus: response.status, error: complaint(response.status) }
    } catch (error) {
      if (error instanceof EgressError && error.failure === 'timed_out') underWay.wasLate(delivery)
      return {
        responseStatus: null,
        error: error instanceof EgressError ? error.message : 'the connection failed',
      }
    }
  }

  async function allSent(): Promise<void> {
    while (sending.size > 0) await Promise.race(sending)
  }

  return {
    deliverDue() {
      advance()
      idle ??= allSent().finally(() => {
        idle = null
      })
      return idle
    },

    due: {
      next() {
        const first = store.first()
        return first && first.nextAttemptAt !== null ? { at: first.nextAttemptAt, id: first.id } : null
      },
      async take() {
        await allSent()
        const first = store.first()
        // What was due may have been sent while this waited.
        const isDue = first?.nextAttemptAt != null && first.nextAttemptAt <= clock.now()
        if (isDue && isOpen && !underWay.has(first.taskId)) await begin(first, () => undefined)
        write()
        return isOpen
      },
    },

    makeDue(accountId, environment, id) {
      const delivery = store.makeDue(accountId, environment, id, clock.now())
      if (delivery) underWay.wantAgain(delivery)
      return delivery
    },

    allSent,
    underWay: underWay.ids,

    async close(graceMs = CLOSE_GRACE_MS) {
      isOpen = false
      const outOfTime = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())
      await Promise.race([allSent(), outOfTime])
      closing.abort()
      await allSent()
    },
  }
}

// --- internal ---

type Answer = Pick<Attempt, 'responseStatus' | 'error'>
type Ended = { delivery: DeliveryRow; attempt: Attempt; endedAt: number; outcome: Outcome }

const HEADERS = { 'Content-Type': 'application/json', 'User-Agent': 'Keyward-Webhooks/1' }

const SECRET_LOST = 'the signing secret cannot be opened; make a new one'

/** `data` stands as it was when the event happened; only the attempt's number changes (workfunder/README.md, "Webhooks"). */
function envelope({ event, occurredAt, attempts, data }: DeliveryRow): string {
  const head = { event, timestamp: new Date(occurredAt).toISOString(), attempt_number: attempts + 1 }
  return `${JSON.stringify(head).slice(0, -1)},"data":${data}}`
}

function complaint(status: number): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirects are not followed' : `the receiver answered ${status}`
}

function attemptOutcome({ error }: Attempt, { status }: Outcome): AttemptOutcome {
  if (error === null) return 'delivered'
  return status === 'pending' ? 'retry' : 'failed'
}

/** Somebody asked for another try while this one was under way: it may have come too early for what they mended. */
function dueAgain({ outcome, endedAt }: Ended): Outcome {
  return { ...outcome, status: 'pending', nextAttemptAt: endedAt }
}

/** A redelivery, of what was delivered or has used up its attempts, is a single attempt; delivered stays delivered. */
function outcomeOf({ deliveredAt }: DeliveryRow, { error, attemptNumber }: Attempt, now: number): Outcome {
  if (error === null) return { status: 'delivered', nextAttemptAt: null, deliveredAt: deliveredAt ?? now }
  if (deliveredAt !== null) return { status: 'delivered', nextAttemptAt: null, deliveredAt }
  const delayMs = retryDelayMs(attemptNumber)
  if (delayMs === null) return { status: 'failed', nextAttemptAt: null, deliveredAt: null }
  return { status: 'pending', nextAttemptAt: now + delayMs, deliveredAt: null }
}
