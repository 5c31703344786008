import { describe, expect, test } from 'bun:test'
import { holderOf } from '../../src/audit/actor.ts'
import { call } from '../helpers/call.ts'
import { NEVER_SHOWN } from '../helpers/never-shown.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

const TASK = {
  title: 'Photo',
  description: 'Of the front',
  category: 'photography',
  location: { city: 'New York', state: 'NY', latitude: 40.7, longitude: -74 },
  budget_cents: 5000,
}

/** Of the writes that need one, a body that is taken, and what the path holds where any id will not do. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /auth/api-keys': { name: 'n', scopes: ['runs:read'] },
  'POST /workflows': { name: 'n', trigger: { type: 'api' }, steps: [] },
  'PUT /workflows/:id': { name: 'n' },
  'PATCH /workflows/:id/canvas': { canvasState: null },
  'POST /workflows/:id/secrets': { key: 'API_KEY', value: 'sesame-1234' },
  'PUT /workflows/:id/secrets/:key': { value: 'sesame-1234' },
  'POST /connections': { provider: 'slack', credentials: { token: 'sesame-1234' } },
  'PUT /mocks/:provider/:action': { output: {} },
  'POST /account/keys': { name: 'n', environment: 'live' },
  'POST /tasks': TASK,
  'POST /bounties': TASK,
  'PUT /account/webhook': { url: 'https://hooks.example.com/' },
  'POST /tasks/:id/proofs/:proof_id/reject': { reason: 'blurred' },
  'POST /tasks/:id/dispute': { reason: 'not done' },
  'POST /bounties/:id/dispute': { reason: 'not done' },
  'POST /tasks/:id/simulate': { to: 'completed' },
}

const IDS: Readonly<Record<string, string>> = { provider: 'slack', action: 'send_message' }

/** All requests of an API that may write: a method and the path as it is mounted. */
function writes(at: 0 | 1): string[] {
  const api = testApp().app.apis({ actorOf: (key) => holderOf(key, '') })[at]
  const endpoints = (api?.endpoints ?? []).filter(({ method }) => method !== 'GET')
  for (const { method, path, description } of endpoints) {
    const line = `${method} ${path}`
    const needsBody = description.body !== undefined && description.bodyMayBeMissing !== true
    if (needsBody && !BODIES[line]) throw new Error(`${line} needs a body here`)
  }
  return endpoints.map(({ method, path }) => `${method} ${path}`)
}

/** A request whose last byte comes when `beforeTheEnd` is over. */
function slowly(json: object, beforeTheEnd: () => Promise<void>) {
  const text = JSON.stringify(json)
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, -1)))
      await beforeTheEnd()
      controller.enqueue(new TextEncoder().encode(text.slice(-1)))
      controller.close()
    },
  })
}

async function answerAfterDeletion({ app, url }: TestApp, api: 'workflows' | 'workfunder', line: string) {
  const account = await app.admin.accounts.create({ name: 'short-lived' })
  const environment = api === 'workfunder' ? 'live' : undefined
  const made = await app.admin.keys.create({ api, name: 'k', accountId: account.id, environment })
  const isAdmitted = async () => (await app.admin.keys.show({ key: made.id })).lastUsedAt !== null
  const body = slowly(BODIES[line] ?? {}, async () => {
    await until(isAdmitted)
    await app.admin.accounts.delete({ id: account.id, withAll: true })
  })
  const path = line.replace(/:(\w+)/g, (_, name) => IDS[name] ?? '0192e4a0-0000-7000-8000-000000000000')
  const base = `${url}${api === 'workflows' ? '/api/v1' : '/v1'}`
  const credentials = api === 'workflows' ? { key: made.key } : { bearer: made.key }
  return call(base, path, { ...credentials, headers: { 'Content-Type': 'application/json' }, body })
}

describe.each(['workflows', 'workfunder'] as const)(
  'an account that is deleted while the body of a request of its %s key comes',
  (api) => {
    test('has the request refused as its key is, whichever it is', async () => {
      const lines = writes(api === 'workflows' ? 0 : 1)
      const app = testApp()
      const statuses: Record<string, number> = {}
      for (const line of lines) {
        const { status, text } = await answerAfterDeletion(app, api, line)
        statuses[line] = status
        for (const never of NEVER_SHOWN) expect(text).not.toMatch(never)
      }
      for (const line of lines) {
        // What reads no body is answered before the account is gone.
        const expected = BODIES[line] ? [401] : [200, 401, 404]
        expect([line, expected.includes(statuses[line] ?? 0)]).toEqual([line, true])
      }
    })
  },
)
