import { describe, expect, test } from 'bun:test'
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
