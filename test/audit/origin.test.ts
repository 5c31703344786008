import { describe, expect, test } from 'bun:test'
import { holderOf, operator } from '../../src/audit/actor.ts'
import { parseNetwork } from '../../src/lib/network.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testApp } from '../helpers/test-app.ts'

/** A Keyward behind a proxy, with a live and a full-access key of one account. */
async function setUp() {
  const proxy = parseNetwork('127.0.0.0/8')
  const keyward = testApp({ trustProxy: proxy ? [proxy] : [] })
  const [bearer, key] = [await keyward.workfunderKey('live'), await keyward.workflowsKey()]
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const [workflowsKey, workfunderKey] = await keyward.app.admin.keys.list({})
  const { seq: last = 0 } = (await keyward.app.admin.audit.list({ limit: 1 }))[0] ?? {}
  return {
    ...keyward,
    workflows: (line: string, json?: unknown) => keyward.workflows(line, { key, json, headers }),
    workfunder: (line: string, json?: unknown) => keyward.workfunder(line, { bearer, json, headers }),
    ids: { workflows: workflowsKey?.id ?? '', workfunder: workfunderKey?.id ?? '' },
    accountId: workflowsKey?.accountId ?? '',
    /** What was recorded since, oldest first. */
    entries: () => keyward.app.admin.audit.export({ after: last }),
    secrets: [bearer, key],
  }
}

const from = '203.0.113.9'

describe('over HTTP, a change is of the key that made it, from the address of the client:', () => {
  test('Workflows keys that are made and revoked', async () => {
    const { workflows, ids, entries } = await setUp()
    const { id } = (await workflows('POST /auth/api-keys', { name: 'CI', scopes: ['runs:read'] })).json.data
    await workflows(`DELETE /auth/api-keys/${id}`)
    await workflows(`DELETE /auth/api-keys/${ids.workflows}`)
    const actor = { kind: 'key', name: ids.workflows, from }
    expect(await entries()).toMatchObject([
      { action: 'keys.create', subject: id, actor, after: { name: 'CI', scopes: ['runs:read'] } },
      { action: 'keys.revoke', subject: id, actor },
      { action: 'keys.revoke', subject: ids.workflows, actor },
    ])
  })

  test('WorkFunder keys that are made and revoked', async () => {
    const { workfunder, ids, entries, accountId } = await setUp()
    const { id } = (await workfunder('POST /account/keys', { name: 'CI', environment: 'test' })).json
    await workfunder(`DELETE /account/keys/${id}`)
    const actor = { kind: 'key', name: ids.workfunder, from }
    expect(await entries()).toMatchObject([
      { action: 'keys.create', subject: id, actor, accountId, after: { environment: 'test' } },
      { action: 'keys.revoke', subject: id, actor, accountId },
    ])
  })

  test('the webhook target and its secret, of which a path that nobody can guess is not told', async () => {
    const { workfunder, ids, entries, accountId, url } = await setUp()
    const target = `${url}/services/T0/unguessable?token=hidden`
    const { webhook_secret } = (await workfunder('PUT /account/webhook', { url: target })).json
    await workfunder('PUT /account/webhook', { url: target })
    await workfunder('PUT /account/webhook', { url: `${target}2`, events: ['task.funded'] })
    const rotated = (await workfunder('POST /account/webhook/secret')).json.webhook_secret
    const shown = { environment: 'live', url: `${new URL(url).origin}/…` }
    const of = { actor: { kind: 'key', name: ids.workfunder, from }, subject: accountId, accountId }
    const found = await entries()
    expect(found).toMatchObject([
      { ...of, action: 'webhooks.configure', before: null, after: { ...shown, events: null } },
      { ...of, action: 'webhooks.configure', before: shown, after: { ...shown, events: ['task.funded'] } },
      { ...of, action: 'webhooks.rotateSecret', before: shown, after: shown },
    ])
    expect(webhook_secret).toStartWith('whsec_')
    for (const hidden of ['unguessable', 'hidden', webhook_secret, rotated]) {
      expect(JSON.stringify(found)).not.toContain(hidden)
    }
  })

  test('keys that are rotated over both APIs', async () => {
    const { workflows, workfunder, ids, entries } = await setUp()
    await workflows(`POST /auth/api-keys/${ids.workflows}/rotate`, { overlapSeconds: 60 })
    await workfunder(`POST /account/keys/${ids.workfunder}/rotate`, { overlap_seconds: 60 })
    expect(await entries()).toMatchObject([
      { action: 'keys.rotate', subject: ids.workflows, actor: { kind: 'key', name: ids.workflows, from } },
      { action: 'keys.rotate', subject: ids.workfunder, actor: { kind: 'key', name: ids.workfunder, from } },
    ])
  })

  test('what is refused is no row', async () => {
    const { workfunder, workflows, entries } = await setUp()
    await workfunder('PUT /account/webhook', { url: 'ftp://example.com/' })
    await workfunder('POST /account/webhook/secret')
    await workfunder('POST /account/keys', { name: '', environment: 'test' })
    await workfunder('DELETE /account/keys/nobody')
    await workflows('POST /auth/api-keys', { name: 'CI', scopes: ['runs:all'] })
    await workflows('GET /auth/api-keys')
    expect(await entries()).toEqual([])
  })
})

test('no row holds a key, what proves one, or a secret', async () => {
  const { app, db, workflows, workfunder, secrets } = await setUp()
  const made = (await workflows('POST /auth/api-keys', { name: 'CI', scopes: ['runs:read'] })).json.data.key
  const other = (await workfunder('POST /account/keys', { name: 'CI', environment: 'test' })).json.key
  const worker = await app.admin.workers.create({
    ...{ firstName: 'Ada', lastName: 'Doe', city: 'New York', state: 'NY' },
    ...{ latitude: 40.758, longitude: -73.9855 },
  })
  await app.admin.secret.rotate()
  const rows = JSON.stringify(db.$client.prepare('select * from audit_entries').all())
  for (const secret of [...secrets, made, other, worker.key]) {
    expect(rows).toContain(secret.slice(0, 20))
    expect(rows).not.toContain(secret.slice(20))
  }
  for (const forbidden of ['$2b$', 'verifier', '40.758', '-73.9855']) expect(rows).not.toContain(forbidden)
})

describe('an operator’s name, which the other end of the socket says,', () => {
  test.each([
    ['kim', 'kim'],
    ['', 'unknown'],
    ['\u0000\n\u001b[31m', '[31m'],
    ['kim\u202Eevil', 'kimevil'],
    ['\uD800', '\uFFFD'],
    ['é'.repeat(99), 'é'.repeat(64)],
  ])('%j is told as %j', (said, told) => {
    expect(operator(said, 'socket')).toEqual({ kind: 'operator', name: told, from: 'socket' })
  })

  test('is the one of the folder’s owner where a process opens the folder itself', async () => {
    const { app } = testApp({ clock: manualClock() })
    await app.admin.accounts.create({ name: 'a' })
    const [entry] = await app.admin.audit.list({})
    expect(entry?.actor).toMatchObject({ kind: 'operator', from: 'folder' })
    expect(entry?.actor.name).toMatch(/^\S+|user \d+$/)
    expect(holderOf({ id: 'k' }, '::1')).toEqual({ kind: 'key', name: 'k', from: '::1' })
  })
})
