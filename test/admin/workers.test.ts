import { describe, expect, test } from 'bun:test'
import { createVerifier } from '../../src/keys/verifier.ts'
import { portalApp } from '../helpers/portal-app.ts'
import { TEST_SECRET } from '../helpers/test-app.ts'

const LIST = 'GET /tasks?latitude=40.758&longitude=-73.9855'

describe('a worker who is resumed', () => {
  test('is let in with the key of before, and may take the task that was taken from them', async () => {
    const { app, ada, portal, startTask } = await portalApp()
    const id = await startTask()
    await app.admin.workers.suspend({ id: ada.id })
    expect((await portal(LIST)).status).toBe(401)
    expect(await app.admin.workers.resume({ id: ada.id })).toMatchObject({ id: ada.id, status: 'active' })
    expect((await portal(LIST)).status).toBe(200)
    expect((await portal(`POST /tasks/${id}/accept`)).status).toBe(200)
  })

  test('must be there', async () => {
    const { app } = await portalApp()
    await expect(app.admin.workers.resume({ id: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a worker’s new key', () => {
  test('is good at once, and the old one is refused from the next request on; the task stays theirs', async () => {
    const { app, ada, portal, startTask } = await portalApp()
    const id = await startTask()
    const { key, ...worker } = await app.admin.workers.newKey({ id: ada.id })
    expect(key).toMatch(/^wfw_[0-9A-Za-z]{40}$/)
    expect(worker).toMatchObject({ id: ada.id, keyPrefix: key.slice(0, 20), earnedCents: 0 })
    expect(JSON.stringify(worker)).not.toContain(key.slice(20))
    expect((await portal(`GET /tasks/${id}`)).status).toBe(401)
    expect((await portal(`GET /tasks/${id}`, { bearer: key })).json.status).toBe('in_progress')
  })

  test('is good after a change of secret.key as well, once bcrypt has proved it', async () => {
    const { app, db, ada, portal } = await portalApp()
    const { key } = await app.admin.workers.newKey({ id: ada.id })
    db.$client.exec('update workers set key_verifier = null')
    expect((await portal(LIST, { bearer: key })).status).toBe(200)
    const kept = db.$client.prepare<[string], string>('select key_verifier from workers where id = ?').pluck()
    expect(kept.get(ada.id)).toBe(createVerifier(TEST_SECRET)(key))
    expect((await portal(LIST)).status).toBe(401)
  })

  test('does not let in a worker who is suspended', async () => {
    const { app, ada, portal } = await portalApp()
    await app.admin.workers.suspend({ id: ada.id })
    const { key, status } = await app.admin.workers.newKey({ id: ada.id })
    expect([status, (await portal(LIST, { bearer: key })).status]).toEqual(['suspended', 401])
  })

  test('is the last one, where two are asked for at once', async () => {
    const { app, ada, portal } = await portalApp()
    const made = await Promise.all([1, 2, 3].map(() => app.admin.workers.newKey({ id: ada.id })))
    const statuses = await Promise.all(
      made.map(async ({ key }) => (await portal(LIST, { bearer: key })).status),
    )
    expect(statuses.toSorted()).toEqual([200, 401, 401])
  })
})
