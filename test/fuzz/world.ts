import { DAY_MS } from '../../src/lib/duration.ts'
import { OPERATOR } from '../helpers/audit.ts'
import { type Call, call, type Reply } from '../helpers/call.ts'
import { JUSTPAID_SECRET, justpaidHeaders, STRIPE_SECRET, stripeHeaders } from '../helpers/inbound-app.ts'
import { portalApp, proofForm, TASK, TIMES_SQUARE } from '../helpers/portal-app.ts'
import { ACCOUNTS, createKnownIds, REQUESTS, RUNS, TASKS, WORKFLOWS } from './known-ids.ts'
import type { Draft } from './request.ts'
import type { Sender } from './sender.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

/** A real Keyward in which something of each kind exists, in each state, and a key of each kind to ask for it. */
export async function createWorld() {
  const keyward = await portalApp({ isDev: true, egress: { allowPrivate: false, allowHttpLoopback: true } })
  const { app, url, clock, account, ada, bob, developer, portal, postTask, startTask } = keyward
  const other = await app.admin.accounts.create({ name: 'Other', tier: 'pro' })
  // Nobody waits for a request that will not come, or because of a fault.
  app.devServices?.release()
  const known = createKnownIds()
  const keys = await makeKeys()
  /** The fuzzing goes on with these, so no request may revoke them. */
  const own = new Set((await app.admin.keys.list({})).map(({ id }) => id))
  const bearer = keys.WorkfunderKey.second
  const workflows = (line: string, json?: unknown) =>
    good(keyward.workflows(line, { key: keys.WorkflowsKey.good, json }))
  const sandbox = (line: string, json?: unknown) => good(keyward.workfunder(line, { bearer, json }))

  async function makeKeys() {
    const full = (accountId: string) => keyward.workflowsKey(undefined, accountId)
    const revoked = await app.admin.keys.create({ api: 'workflows', name: 'r', accountId: account.id })
    const revokedLive = await app.admin.keys.create({
      api: 'workfunder',
      name: 'r',
      environment: 'live',
      accountId: account.id,
    })
    for (const { id } of [revoked, revokedLive]) await app.admin.keys.revoke({ id })
    return {
      WorkflowsKey: {
        good: await full(account.id),
        second: await full(account.id),
        other: await full(other.id),
        narrow: await keyward.workflowsKey(['workflows:read'], account.id),
        revoked: revoked.key,
        unknown: `wfk_${'a'.repeat(32)}`,
      },
      WorkfunderKey: {
        good: await keyward.workfunderKey('live', account.id),
        second: await keyward.workfunderKey('test', account.id),
        other: await keyward.workfunderKey('live', other.id),
        narrow: await keyward.workfunderKey('test', other.id),
        revoked: revokedLive.key,
        unknown: `wf_live_${'a'.repeat(40)}`,
      },
      WorkerKey: {
        good: ada.key,
        second: bob.key,
        other: bob.key,
        narrow: bob.key,
        revoked: 'x',
        unknown: 'wk_a',
      },
    }
  }

  /** Once, and unknown to the requests: an event starts each of them, and one more of them each hour would add up. */
  async function startByEvents(): Promise<void> {
    for (const trigger of [
      { type: 'webhook', provider: 'stripe' },
      { type: 'webhook', provider: 'justpaid' },
      { type: 'webhook', path: 'orders' },
      { type: 'schedule', cron: '0 * * * *' },
    ]) {
      const { id } = (await workflows('POST /workflows', { name: 'By events', trigger, steps: [] })).data
      await workflows(`POST /workflows/${id}/activate`)
    }
  }
  await startByEvents()
  known.add(ACCOUNTS, [account.id])
  known.add('/_dev/faults/{name}', ['limited-keys'])
  for (const provider of ['stripe', 'justpaid']) known.add('/_dev/inbound/{provider}', [provider])

  /** Makes one more of everything, because requests revoke, archive, cancel and use up what there is. */
  async function refill(): Promise<void> {
    await refillWorkflows()
    await refillTasks()
  }

  async function refillWorkflows(): Promise<void> {
    const made = async (steps: object[]) => {
      const { id } = (await workflows('POST /workflows', { name: 'Fuzzed', trigger: { type: 'api' }, steps }))
        .data
      known.add(WORKFLOWS, [id])
      return id
    }
    const active = async (steps: object[]) => {
      const id = await made(steps)
      await workflows(`POST /workflows/${id}/activate`)
      return id
    }
    const run = async (id: string, mode = 'sync') => {
      const { runId } = (await workflows(`POST /workflows/${id}/run`, { mode, input: { n: 1 } })).data
      known.add(RUNS, [runId])
      return runId
    }
    known.add(`${WORKFLOWS}/activate`, [await made([])])
    const simple = await active([{ id: 'a', type: 'transform', config: { mapping: { n: '{{input.n}}' } } }])
    known.add(`${RUNS}/restart`, [await run(simple)])
    known.add(`${WORKFLOWS}/run`, [simple])
    const failing = await active([{ id: 'a', type: 'action', action: 'none.none', config: {} }])
    known.add(`${RUNS}/retry`, [await run(failing)])
    const asking = await active([{ id: 'ask', type: 'approval', config: {} }])
    known.add(`${RUNS}/approve`, [await run(asking)])
    known.add(`${RUNS}/reject`, [await run(asking)])
    const waiting = await active([{ id: 'a', type: 'wait', config: { duration: 1, unit: 'days' } }])
    known.add(`${RUNS}/cancel`, [await run(waiting, 'async')])
    await workflows(`POST /workflows/${simple}/secrets`, { key: 'TOKEN', value: 'secret value' })
    known.add('/api/v1/workflows/{id}/secrets/{key}', [simple, 'TOKEN'])
    await workflows('PUT /mocks/slack/sendMessage', { output: { ok: true } })
    known.add('/api/v1/mocks/{provider}/{action}', ['slack', 'sendMessage'])
    for (const [provider, webhookSecret] of [
      ['stripe', STRIPE_SECRET],
      ['justpaid', JUSTPAID_SECRET],
      ['github', 'github secret'],
    ]) {
      const { id } = (await workflows('POST /connections', { provider, credentials: { webhookSecret } })).data
      known.add('/api/v1/connections/{id}', [id])
      known.add('/webhooks/{provider}/{companyId}', [provider ?? '', account.id])
      known.add('/webhooks/{provider}', [provider ?? ''])
    }
    known.add('/webhooks/custom/{companyId}/{path}', [account.id, 'orders'])
    const key = await workflows('POST /auth/api-keys', { name: 'spare', scopes: ['runs:read'] })
    known.add('/api/v1/auth/api-keys/{id}', [key.data.id])
  }

  async function refillTasks(): Promise<void> {
    app.ledger.credit(account.id, 100_000, OPERATOR)
    const task = (id: string) => {
      for (const place of [TASKS, WORK]) known.add(place, [id])
      return id
    }
    const sandboxTask = async () => {
      const { id } = await sandbox('POST /tasks', TASK)
      known.add(TASKS, [id], 'second')
      return id
    }
    const proof = async (): Promise<[task: string, proof: string]> => {
      const id = task(await startTask())
      const { proof_id } = await good(portal(`POST /tasks/${id}/proof`, { body: proofForm() }))
      known.add(PROOFS, [id, proof_id])
      return [id, proof_id]
    }
    for (const kind of ['tasks', 'bounties']) {
      for (const action of ['fund', 'cancel']) {
        const { id } = await good(developer(`POST /${kind}`, TASK))
        known.add(`/v1/${kind}/{id}`, [task(id)])
        known.add(`/v1/${kind}/{id}/${action}`, [id])
      }
    }
    for (const action of ['cancel', 'check-in']) {
      const id = task(await postTask())
      await good(portal(`POST /tasks/${id}/accept`))
      known.add(`${WORK}/${action}`, [id])
    }
    known.add(`${WORK}/accept`, [task(await postTask())])
    known.add(`${WORK}/proof`, [task(await startTask())])
    known.add(`${TASKS}/dispute`, (await proof()).slice(0, 1))
    for (const decision of ['approve', 'reject']) known.add(`${PROOFS}/${decision}`, await proof())
    for (const isDisputed of [false, true]) {
      const [id, proofId] = await proof()
      await good(developer(`POST /tasks/${id}/proofs/${proofId}/reject`, { reason: 'Not enough' }))
      if (isDisputed) await good(portal(`POST /tasks/${id}/dispute`, { json: { reason: 'It is' } }))
      known.add(isDisputed ? `${TASKS}/dispute` : `${WORK}/dispute`, [id])
    }
    await sandbox('PUT /account/webhook', { url: 'http://127.0.0.1:1/hook' })
    known.add(`${TASKS}/simulate`, [await sandboxTask()], 'second')
    const id = await sandboxTask()
    await sandbox(`POST /tasks/${id}/simulate`, { to: 'proof_submitted' })
    const proofs = await sandbox(`GET /tasks/${id}/proofs`)
    known.add(PROOFS, [id, proofs.data[0].id], 'second')
    const deliveries = await sandbox('GET /account/webhook/deliveries?limit=5')
    for (const delivery of deliveries.data) known.add(DELIVERIES, [delivery.id], 'second')
    const [worker] = (
      await sandbox(
        `GET /workers/search?latitude=${TIMES_SQUARE.latitude}&longitude=${TIMES_SQUARE.longitude}`,
      )
    ).data
    if (worker) known.add('/v1/workers/{id}', [worker.id], 'second')
    known.add('/v1/workers/{id}', [ada.id])
    const key = await sandbox('POST /account/keys', { name: 'spare', environment: 'test' })
    known.add('/v1/account/keys/{id}', [key.id], 'second')
  }

  function keyHeader(scheme: string | undefined, sender: Sender): [string, string][] {
    if (sender === 'none' || scheme === undefined) return []
    const [mine, foreign] =
      scheme === 'WorkflowsKey'
        ? [keys.WorkflowsKey, keys.WorkfunderKey]
        : [keysOf(scheme), keys.WorkflowsKey]
    const key = sender === 'foreign' ? foreign.good : mine[sender]
    return scheme === 'WorkflowsKey' ? [['x-api-key', key]] : [['Authorization', `Bearer ${key}`]]
  }

  function keysOf(scheme: string) {
    return scheme === 'WorkerKey' ? keys.WorkerKey : keys.WorkfunderKey
  }

  /** A start that waits for the end of its run would wait for a clock that stands still. */
  async function movedOn(reply: Promise<Reply>): Promise<Reply> {
    const moving = setInterval(() => {
      clock.advance(DAY_MS)
      app.tick()
    }, PATIENCE_MS)
    return reply.finally(() => clearInterval(moving))
  }

  /** Takes note of what a request has made, or a list shows. */
  function learn(template: string, path: string, json: Reply['json'], sender: Sender): void {
    const data = json?.data ?? json
    if (data?.runId) known.add(RUNS, [data.runId], sender)
    const place = `${template}/{${LAST_NAMES[template] ?? 'id'}}`
    const above = path.split('?')[0]?.split('/') ?? []
    const parameters = template
      .split('/')
      .flatMap((part, i) => (part.startsWith('{') ? [above[i] ?? ''] : []))
    for (const { id, key } of Array.isArray(data) ? data : [data ?? {}]) {
      const name = template.endsWith('/secrets') ? key : id
      if (typeof name === 'string' && !own.has(name)) known.add(place, [...parameters, name], sender)
    }
  }

  function signature(path: string, body: string): [string, string][] {
    const signed = path.startsWith('/webhooks/stripe')
      ? stripeHeaders(body, clock.now())
      : path.startsWith('/webhooks/justpaid')
        ? justpaidHeaders(body, clock.now())
        : {}
    return Object.entries(signed)
  }

  return {
    app,
    clock,
    url,
    known,
    refill,

    /** Puts ids and a key in their places. */
    async ask(draft: Draft): Promise<{ path: string; body: Buffer | null; reply: Reply }> {
      const sender = (draft.sender === 'good' && known.ownerIn(draft.path)) || draft.sender
      const path = known.filled(draft.path)
      const body = draft.body === null ? null : Buffer.from(known.filled(draft.body), 'latin1')
      const headers = [
        ...draft.headers,
        ...keyHeader(draft.operation.security[0], sender),
        ...signature(path, body?.toString() ?? ''),
      ]
      const options: Call = { headers, isUndocumented: true, ...(body && { body: new Uint8Array(body) }) }
      const asked = call(url, `${draft.method} ${path}`, options)
      const reply = await (MAY_WAIT.test(draft.operation.template) ? movedOn(asked) : asked)
      // A clock that stands still would let no limit refill, and a fault would hide what it strikes.
      if (path.startsWith('/_dev/')) {
        await good(keyward.dev('POST /clock/resume'))
        await good(keyward.dev('DELETE /faults'))
      }
      known.add(REQUESTS, [reply.headers.get('x-request-id') ?? ''])
      if (reply.status < 300) learn(draft.operation.template, path, reply.json, sender)
      return { path, body, reply }
    },
  }
}

// --- internal ---

const WORK = '/portal/tasks/{id}'
const PROOFS = '/v1/tasks/{id}/proofs/{proof_id}'
const DELIVERIES = '/v1/account/webhook/deliveries/{id}'

/** What may answer at the end of a run. Nothing else moves the clock, or a busy machine would make the world older. */
const MAY_WAIT = /\/(?:run|restart|retry|replay)$/

/** Of the host's time; longer than any other answer takes. */
const PATIENCE_MS = 300

/** What a list's documents call the last parameter of its things, where that is not `id`. */
const LAST_NAMES: Readonly<Record<string, string>> = {
  '/v1/tasks/{id}/proofs': 'proof_id',
  '/api/v1/workflows/{id}/secrets': 'key',
}

/** What makes the world must go well. */
async function good(reply: Promise<Reply>): Promise<Reply['json']> {
  const { status, text, json } = await reply
  if (status >= 300) throw new Error(`the world cannot be made: ${status} ${text}`)
  return json
}
