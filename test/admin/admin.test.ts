import { describe, expect, test } from 'bun:test'
import type { App } from '../../src/app.ts'
import { portalApp } from '../helpers/portal-app.ts'
import { testApp } from '../helpers/test-app.ts'

describe('over the admin socket comes whatever the other end sends: a key is refused', () => {
  const WORKFLOWS = { api: 'workflows', name: 'n' }
  const WORKFUNDER = { api: 'workfunder', name: 'n', environment: 'live' }

  test.each<[string, object]>([
    ['api', { name: 'n' }],
    ['api', { ...WORKFLOWS, api: 'Workflows' }],
    ['api', { ...WORKFLOWS, api: null, environment: 'live' }],
    ['environment', { ...WORKFLOWS, environment: 'live' }],
    ['environment', { api: 'workfunder', name: 'n' }],
    ['environment', { ...WORKFUNDER, environment: 'staging' }],
    ['scopes', { ...WORKFUNDER, scopes: ['runs:read'] }],
    ['scopes', { ...WORKFLOWS, scopes: 'runs:read' }],
    ['scopes', { ...WORKFLOWS, scopes: null }],
    ['lifetimeMs', { ...WORKFLOWS, lifetimeMs: '90d' }],
    ['lifetimeMs', { ...WORKFLOWS, lifetimeMs: -1 }],
    ['lifetimeMs', { ...WORKFLOWS, lifetimeMs: null }],
    ['expiresAt', { ...WORKFLOWS, lifetimeMs: 0.5 }],
    ['name', { api: 'workflows' }],
    ['name', { ...WORKFLOWS, name: {} }],
  ])('for its %s: %p', async (field, input) => {
    const { app } = testApp()
    await expect(app.admin.keys.create(input as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
    expect(await app.admin.keys.list({})).toEqual([])
  })
})

describe('over the admin socket comes whatever the other end sends: an id that is no text is refused', () => {
  test.each<[string, (admin: App['admin'], id: never) => Promise<unknown>]>([
    ['accounts.update', (admin, id) => admin.accounts.update({ id })],
    ['accounts.credit', (admin, id) => admin.accounts.credit({ id, cents: 1 })],
    ['accounts.debit', (admin, id) => admin.accounts.debit({ id, cents: 1 })],
    ['workers.show', (admin, id) => admin.workers.show({ id })],
    ['workers.suspend', (admin, id) => admin.workers.suspend({ id })],
    ['workers.resume', (admin, id) => admin.workers.resume({ id })],
    ['workers.newKey', (admin, id) => admin.workers.newKey({ id })],
    ['tasks.show', (admin, taskId) => admin.tasks.show({ taskId })],
    ['tasks.cancel', (admin, taskId) => admin.tasks.cancel({ taskId })],
    ['disputes.show', (admin, taskId) => admin.disputes.show({ taskId })],
    ['disputes.resolve', (admin, taskId) => admin.disputes.resolve({ taskId, inFavourOf: 'worker' })],
    ['runs.show', (admin, id) => admin.runs.show({ id })],
    ['runs.cancel', (admin, id) => admin.runs.cancel({ id })],
    ['runs.decide', (admin, id) => admin.runs.decide({ id, approved: true })],
  ])('by %s', async (_, run) => {
    const { app } = testApp()
    for (const id of [undefined, null, 7, {}, ['x']]) {
      await expect(run(app.admin, id as never)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        problems: [{ field: expect.stringMatching(/^id$|^taskId$/), message: 'must be a text' }],
      })
    }
  })
})

test('a decision on a run that is neither yes nor no is refused', async () => {
  const { app } = testApp()
  for (const approved of [undefined, null, 'false', 0]) {
    await expect(app.admin.runs.decide({ id: 'x', approved } as never)).rejects.toMatchObject({
      problems: [{ field: 'approved' }],
    })
  }
})

test('a worker whose tasks cannot be given to others is not suspended with them in hand', async () => {
  const { app, db, ada, startTask } = await portalApp()
  await startTask()
  db.$client.exec(`create trigger no before update on tasks begin select raise(abort, 'no'); end`)
  await expect(app.admin.workers.suspend({ id: ada.id })).rejects.toThrow('no')
  const [statusOfAda] = (await app.admin.workers.list()).filter(({ id }) => id === ada.id)
  expect(statusOfAda?.status).toBe('active')
})
