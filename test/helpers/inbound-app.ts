import { type Call, call } from './call.ts'
import { testApp } from './test-app.ts'

export const STRIPE_SECRET = 'whsec_stripe_do_not_show'
export const JUSTPAID_SECRET = 'justpaid_do_not_show'

/** A whole Keyward, and what it takes to send it webhooks. */
export async function inboundApp() {
  const { app, db, clock, url, workflows, workflowsKey } = testApp()

  /** An account with its own key. */
  async function newAccount(name: string) {
    const { id } = await app.admin.accounts.create({ name })
    const key = await workflowsKey(undefined, id)
    const send = async (line: string, json?: unknown) => (await workflows(line, { key, json })).json.data
    return {
      id,
      send,
      /** @returns the id of an active workflow that webhooks start. */
      async active(trigger: object, more: object = {}): Promise<string> {
        const workflow = { name: 'n', trigger: { type: 'webhook', ...trigger }, steps: [], ...more }
        const created = await send('POST /workflows', workflow)
        await send(`POST /workflows/${created.id}/activate`)
        return created.id
      },
      /** @returns the id of a connection with this webhook secret. */
      async connect(provider: string, webhookSecret: string): Promise<string> {
        return (await send('POST /connections', { provider, credentials: { webhookSecret } })).id
      },
    }
  }

  return {
    app,
    db,
    clock,
    newAccount,
    url,
    inbound: app.inbound,
    account: await newAccount('first'),
    /** "POST /stripe" against /webhooks of this server. */
    hook: (line: string, options?: Call) => call(`${url}/webhooks`, line, options),
    /** The runs that were started, oldest first. */
    starts: () => (db.$client.prepare(STARTS).all() as Started[]).map(parsed),
    /** What was kept, oldest first. */
    events: () => db.$client.prepare('select * from inbound_events order by id').all() as Kept[],
  }
}

/** The headers of an event that Stripe signed at a time in ms. */
export function stripeHeaders(body: string, signedAt: number, secret = STRIPE_SECRET) {
  const seconds = String(Math.floor(signedAt / 1000))
  return { 'stripe-signature': `t=${seconds},v1=${hmac(secret, `${seconds}.${body}`)}` }
}

/** The headers of an event that JustPaid signed at a time in ms. */
export function justpaidHeaders(body: string, signedAt: number, secret = JUSTPAID_SECRET) {
  const seconds = String(Math.floor(signedAt / 1000))
  return {
    'X-JustPaid-Timestamp': seconds,
    'X-JustPaid-Signature': `v1=${hmac(secret, `${seconds}.${body}`)}`,
  }
}

export function hmac(secret: string, text: string): string {
  return new Bun.CryptoHasher('sha256', secret).update(text).digest('hex')
}

const STARTS = `select account_id as accountId, workflow_id as workflowId, trigger_type as triggerType, trigger,
  input, connection_id as connectionId, idempotency_key as idempotencyKey, deadline_at as deadlineAt
  from runs order by rowid`

type Started = {
  accountId: string
  workflowId: string
  triggerType: string
  trigger: string
  input: string
  connectionId: string | null
  idempotencyKey: string | null
  deadlineAt: number | null
}

function parsed({ trigger, input, ...start }: Started) {
  return { ...start, trigger: JSON.parse(trigger), input: JSON.parse(input) }
}

type Kept = {
  id: string
  account_id: string
  source: string
  external_id: string | null
  event_type: string | null
  body: string
  workflows_triggered: number
}
