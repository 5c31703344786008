import { describe, expect, test } from 'bun:test'
import { holderOf } from '../../src/audit/actor.ts'
import { call } from '../helpers/call.ts'
import { NEVER_SHOWN } from '../helpers/never-shown.ts'
import { slowly } from '../helpers/slowly.ts'
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

type Ended = { app: TestApp['app']; accountId: string; id: string }

/** Each way in which a key ends, and what WorkFunder says of it. */
const ENDS = {
  'account deleted': [
    'INVALID_API_KEY',
    ({ app, accountId }: Ended) => app.admin.accounts.delete({ id: accountId, withAll: true }),
  ],
  'account suspended': [
    'INVALID_API_KEY',
    ({ app, accountId }: Ended) => app.admin.accounts.update({ id: accountId, status: 'suspended' }),
  ],
  revoked: ['REVOKED_API_KEY', ({ app, id }: Ended) => app.admin.keys.revoke({ id })],
  disabled: ['INVALID_API_KEY', ({ app, id }: Ended) => app.admin.keys.disable({ id })],
  expired: ['INVALID_API_KEY', ({ app, id }: Ended) => app.admin.keys.expire({ id })],
  'rotated away': ['REVOKED_API_KEY', ({ app, id }: Ended) => app.admin.keys.rotate({ id })],
} as const

type End = keyof typeof ENDS

/** All requests of an API that may write: a method and the path as it is mounted, and whether a body belongs to it. */
function writes(at: 0 | 1): { line: string; readsBody: boolean }[] {
  const api = testApp().app.apis({ actorOf: (key) => holderOf(key, '') })[at]
  const endpoints = (api?.endpoints ?? []).filter(({ method }) => method !== 'GET')
  for (const { method, path, description } of endpoints) {
    const line = `${method} ${path}`
    const needsBody = description.body !== undefined && description.bodyMayBeMissing !== true
    if (needsBody && !BODIES[line]) throw new Error(`${line} needs a body here`)
  }
  return endpoints.map(({ method, path, description }) => ({
    line: `${method} ${path}`,
    readsBody: description.body !== undefined,
  }))
}

async function answerAfter(end: End, { app, url }: TestApp, api: 'workflows' | 'workfunder', line: string) {
  const account = await app.admin.accounts.create({ name: 'short-lived' })
  const environment = api === 'workfunder' ? 'live' : undefined
  const made = await app.admin.keys.create({ api, name: 'k', accountId: account.id, environment })
  const isAdmitted = async () => (await app.admin.keys.show({ key: made.id })).lastUsedAt !== null
  const body = slowly(JSON.stringify(BODIES[line] ?? {}), async () => {
    await until(isAdmitted)
    await ENDS[end][1]({ app, accountId: account.id, id: made.id })
  })
  const path = line.replace(/:(\w+)/g, (_, name) => IDS[name] ?? '0192e4a0-0000-7000-8000-000000000000')
  const base = `${url}${api === 'workflows' ? '/api/v1' : '/v1'}`
  const credentials = api === 'workflows' ? { key: made.key } : { bearer: made.key }
  return call(base, path, { ...credentials, headers: { 'Content-Type': 'application/json' }, body })
}

describe.each(['workflows', 'workfunder'] as const)(
  'a request of a %s key whose body is still coming',
  (api) => {
    test.each(Object.keys(ENDS) as End[])('is refused as its key is, whichever it is: %s', async (end) => {
      const app = testApp()
      const refused = [401, api === 'workflows' ? 'UNAUTHORIZED' : ENDS[end][0]]
      for (const { line, readsBody } of writes(api === 'workflows' ? 0 : 1)) {
        const { status, text, json } = await answerAfter(end, app, api, line)
        // What reads no body is answered before the key has ended.
        if (readsBody) expect([line, status, json.error.code]).toEqual([line, ...refused])
        else expect([line, [200, 401, 404].includes(status)]).toEqual([line, true])
        for (const never of NEVER_SHOWN) expect(text).not.toMatch(never)
      }
    })
  },
)
