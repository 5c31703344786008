import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError } from '../../errors.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Json } from '../../lib/json-object.ts'
import { inSlices } from '../../lib/sliced-work.ts'
import { logFailure, logRefusal } from '../../log.ts'
import type { Connections } from '../connections/connections.ts'
import type { WebhookWorkflow } from '../definitions/definition-store.ts'
import type { Definitions } from '../definitions/definitions.ts'
import type { StartRun } from '../runs/run.ts'
import { eventFacts, eventInput } from './event.ts'
import { readEventBody } from './event-body.ts'
import { createEventStore, UNFINISHED } from './event-store.ts'
import { type InboundRequest, shownHeaders } from './inbound-request.ts'
import { decodedPath, takersOf, writtenPaths } from './matching.ts'
import { createSenders } from './senders.ts'

/** What became of a webhook. `eventId` null: it was meant for nobody and was not kept. */
export type Receipt = { eventId: string | null; workflowsTriggered: number }

export type Inbound = ReturnType<typeof createInbound>

type Parts = {
  db: Db
  clock: Clock
  hostClock: Clock
  definitions: Pick<Definitions, 'startedBy' | 'startedAt' | 'eventsOf'>
  connections: Connections
  startRun: StartRun
}

/** Takes providers' webhooks and starts the workflows that wait for them. */
export function createInbound({ db, clock, hostClock, definitions, connections, startRun }: Parts) {
  const store = createEventStore(db)
  const senders = createSenders({ connections, hostClock })

  /**
   * Keeps the event once and starts the workflows whose `events` let it through. An event that comes again
   * starts nothing, unless it never came to its end (a crash, a start that failed): then all starts are tried
   * again, each under the same key, so that no workflow runs twice.
   * @throws Error where a start failed for a reason of ours, so that the provider sends the event again;
   * UNAVAILABLE at once, because the others would fail like it.
   */
  async function take({ accountId, provider, source, workflows, arrival, body }: Genuine): Promise<Receipt> {
    const facts = eventFacts(provider, arrival, body)
    const now = clock.now()
    const id = Bun.randomUUIDv7()
    const event = store.add({
      id,
      accountId,
      source,
      externalId: facts.externalId,
      eventType: facts.type,
      body: JSON.stringify(body),
      workflowsTriggered: UNFINISHED,
      createdAt: now,
    })
    if (event.workflowsTriggered !== UNFINISHED) return { eventId: event.id, workflowsTriggered: 0 }

    const trigger = {
      type: 'webhook',
      provider,
      event: facts.type,
      eventId: event.id,
      body,
      headers: shownHeaders(arrival.headers),
      query: arrival.query,
      receivedAt: isoTime(event.createdAt),
    }
    const input = eventInput(provider, event.id, body, facts)
    const wanted = await inSlices(takersOf(facts.type, workflows, definitions.eventsOf))
    const workflowsTriggered = await startAll(wanted, { accountId, eventId: event.id, trigger, input })
    store.finish(event.id, workflowsTriggered)
    return { eventId: event.id, workflowsTriggered }
  }

  /** @returns how many were started. One that cannot be started holds up none of the others. */
  async function startAll(workflows: readonly WebhookWorkflow[], start: EventStart): Promise<number> {
    const { accountId, eventId, trigger, input } = start
    let started = 0
    let failed = 0
    for (const { id: workflowId } of workflows) {
      try {
        await startRun({
          accountId,
          workflowId,
          triggerType: 'webhook',
          trigger,
          input,
          connectionId: null,
          idempotencyKey: `event:${eventId}`,
          maxExecutionTimeMs: null,
        })
        started++
      } catch (error) {
        if (error instanceof AppError && error.code === 'UNAVAILABLE') throw error
        // What the workflow itself refuses, such as an input against its schema, it would refuse again.
        if (error instanceof AppError) logRefusal(`a webhook's run of workflow ${workflowId}`, error)
        else {
          logFailure('the start of a run by a webhook', error)
          failed++
        }
      }
    }
    if (failed > 0) throw new Error(`${failed} of ${workflows.length} runs could not be started`)
    return started
  }

  return {
    /**
     * A webhook to an account's own path. The path is the secret, so nothing is signed; at a path where no
     * active workflow waits the answer is as good, so that paths cannot be found by trying, and nothing is kept.
     * @param sent the path as it was sent, without its leading slash
     * @throws INVALID_INPUT for a body that cannot be read, at any path.
     */
    async receiveCustom(accountId: string, sent: string, arrival: InboundRequest): Promise<Receipt> {
      const body = readEventBody(arrival)
      const workflows = definitions.startedAt(accountId, writtenPaths(sent))
      if (workflows.length === 0) return { eventId: null, workflowsTriggered: 0 }
      const source = `custom:${decodedPath(sent)}`
      return take({ accountId, provider: 'custom', source, workflows, arrival, body })
    },

    /**
     * A provider's webhook. Without a secret of the account for this provider only the workflows that say
     * `verifySignature: false` are started.
     * @param accountId null: the account is the one whose secret fits.
     * @returns null where the signature is missing, wrong or stale, or nobody would take it unsigned; then
     * nothing is kept.
     * @throws INVALID_INPUT for a genuine webhook whose body cannot be read; TOO_LARGE
     */
    async receive(
      provider: string,
      accountId: string | null,
      arrival: InboundRequest,
    ): Promise<Receipt | null> {
      const sender = await senders.identify(provider, accountId, arrival)
      if (sender === 'forged') return null
      if (sender !== 'unsigned') {
        const workflows = definitions.startedBy(sender.accountId, provider)
        const body = readEventBody(arrival)
        return take({ accountId: sender.accountId, provider, source: provider, workflows, arrival, body })
      }
      if (accountId === null) return null
      const waiting = definitions.startedBy(accountId, provider)
      const workflows = waiting.filter(({ takesUnsigned }) => takesUnsigned)
      if (workflows.length === 0) return null
      const body = readEventBody(arrival)
      // A source of its own: an id that an unverified sender made up must not make a genuine event a repeat.
      return take({ accountId, provider, source: `${provider}:unsigned`, workflows, arrival, body })
    },

    /** Forgets some events from before a time in ms. @returns how many; 0: no more are left. */
    prune: store.prune,
  }
}

// --- internal ---

type Genuine = {
  accountId: string
  provider: string
  source: string
  /** Those that the sender may start. */
  workflows: readonly WebhookWorkflow[]
  arrival: InboundRequest
  body: unknown
}

type EventStart = { accountId: string; eventId: string; trigger: Json; input: Json }
