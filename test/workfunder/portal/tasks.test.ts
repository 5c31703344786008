import { describe, expect, test } from 'bun:test'
import { PORTAL_LIMIT } from '../../../src/limits/limits.ts'
import { portalApp, TASK, TIMES_SQUARE } from '../../helpers/portal-app.ts'
import { scenarios } from '../../helpers/scenario.ts'

const NEAR = 'GET /tasks?latitude=40.758&longitude=-73.9855'
const HOUR_MS = 3_600_000

describe('open tasks', () => {
  test('are those near, nearest first, with the payout and neither budget, metadata nor instructions', async () => {
    const { portal, postTask } = await portalApp()
    const far = await postTask({ location: { ...TASK.location, latitude: 40.8 } })
    const near = await postTask()
    await postTask({ location: { ...TASK.location, latitude: 42 } })
    const { status, json, text } = await portal(NEAR)
    const shown = json.data.map((task: Record<string, unknown>) => [task.id, task.distance_meters])
    expect([status, shown]).toEqual([
      200,
      [
        [near, 0],
        [far, 4670],
      ],
    ])
    expect(json.meta).toEqual({ total: 2, limit: 20, offset: 0 })
    expect(json.data[0]).toMatchObject({ status: 'posted', worker_payout_cents: 4200, instructions: null })
    for (const hidden of ['secret-42', 'Ask for Kim', 'budget', 'account']) expect(text).not.toContain(hidden)
    expect((await portal(`${NEAR}&radius_miles=1`)).json.meta.total).toBe(1)
    expect((await portal(`${NEAR}&limit=1&offset=1`)).json.data).toMatchObject([{ id: far }])
  })

  test('are live, paid for and not taken', async () => {
    const { portal, postTask, developer, workfunder, workfunderKey, account } = await portalApp()
    const bearer = await workfunderKey('test', account.id)
    const unpaid = (await developer('POST /tasks', TASK)).json.id
    const simulated = (await workfunder('POST /tasks', { bearer, json: TASK })).json.id
    const taken = await postTask()
    await portal(`POST /tasks/${taken}/accept`)
    expect((await portal(NEAR)).json.data).toEqual([])
    for (const hidden of [unpaid, simulated, 'nothing']) {
      expect((await portal(`GET /tasks/${hidden}`)).status).toBe(404)
      expect((await portal(`POST /tasks/${hidden}/accept`)).status).toBe(404)
    }
  })
})

test('a task that asks for skills is shown and goes only to a worker who has them all', async () => {
  const { portal, postTask, app } = await portalApp()
  const driver = { firstName: 'Cy', lastName: 'Roe', city: 'New York', state: 'NY', ...TIMES_SQUARE }
  const { key } = await app.admin.workers.create({ ...driver, skills: ['driving', 'notary'] })
  const plain = await postTask()
  const skilled = await postTask({ required_skills: ['notary', 'driving'] })
  const beyond = await postTask({ required_skills: ['driving', 'cleaning'] })
  const found = async (bearer?: string) => {
    const { data, meta } = (await portal(NEAR, bearer === undefined ? {} : { bearer })).json
    return [data.map(({ id }: { id: string }) => id), meta.total]
  }
  expect(await found()).toEqual([[plain], 1])
  expect(await found(key)).toEqual([[plain, skilled], 2])

  const refused = await portal(`POST /tasks/${beyond}/accept`, { bearer: key })
  const message = 'The task asks for skills that you do not have: cleaning.'
  expect([refused.status, refused.json]).toEqual([403, { error: { code: 'FORBIDDEN', message } }])
  expect((await portal(`GET /tasks/${beyond}`)).json.status).toBe('posted')
  const accepted = await portal(`POST /tasks/${skilled}/accept`, { bearer: key })
  expect([accepted.status, accepted.json.status]).toEqual([200, 'assigned'])
})

describe('a task', () => {
  test('is accepted, checked in to and given back, and the developer sees it', async () => {
    const { portal, postTask, developer, ada } = await portalApp()
    const id = await postTask()
    const accepted = (await portal(`POST /tasks/${id}/accept`)).json
    expect(accepted).toMatchObject({ id, status: 'assigned', instructions: 'Ask for Kim' })
    expect((await developer(`GET /tasks/${id}`)).json).toMatchObject({
      status: 'assigned',
      worker_id: ada.id,
    })
    const checkedIn = await portal(`POST /tasks/${id}/check-in`, { json: TIMES_SQUARE })
    expect(checkedIn.json).toMatchObject({
      status: 'in_progress',
      geo_valid: true,
      distance_from_task_meters: 0,
    })
    expect((await portal(`GET /tasks/${id}`)).json.status).toBe('in_progress')
    const back = await portal(`POST /tasks/${id}/cancel`)
    expect([back.status, back.json]).toMatchObject([200, { status: 'posted', instructions: null }])
    expect((await developer(`GET /tasks/${id}`)).json).toMatchObject({ status: 'posted', worker_id: null })
  })

  test('goes to one worker, and is not there for the other from then on', async () => {
    const { portal, postTask, bob } = await portalApp()
    const id = await postTask()
    const accept = (bearer?: string) => portal(`POST /tasks/${id}/accept`, bearer ? { bearer } : {})
    const answers = await Promise.all([accept(), accept(bob.key)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    const loser = answers[0]?.status === 200 ? { bearer: bob.key } : {}
    for (const line of ['GET /tasks/ID', 'POST /tasks/ID/cancel']) {
      expect((await portal(line.replace('ID', id), loser)).status).toBe(404)
    }
    const checkIn = { ...loser, json: TIMES_SQUARE }
    expect((await portal(`POST /tasks/${id}/check-in`, checkIn)).status).toBe(404)
  })

  test('may be disputed by its worker after a rejection, for 72 hours', async () => {
    const { portal, startTask, developer, clock, app } = await portalApp()
    const rejectedTask = async () => {
      const id = await startTask()
      const proof = app.workfunder.taskWork.submitProof(
        (await developer(`GET /tasks/${id}`)).json.worker_id,
        id,
        {
          type: 'photo',
          fileName: null,
          contentType: 'image/jpeg',
          fileSizeBytes: 1,
          deviceInfo: {},
          ...TIMES_SQUARE,
        },
      )
      await developer(`POST /tasks/${id}/proofs/${proof.id}/reject`, { reason: 'blurred' })
      return id
    }
    const [inTime, late] = [await rejectedTask(), await rejectedTask()]
    clock.advance(72 * HOUR_MS)
    const opened = await portal(`POST /tasks/${inTime}/dispute`, { json: { reason: 'It is sharp' } })
    expect([opened.status, opened.json]).toMatchObject([
      201,
      { task_id: inTime, opened_by: 'worker', reason: 'It is sharp' },
    ])
    clock.advance(1)
    const refused = await portal(`POST /tasks/${late}/dispute`, { json: { reason: 'It is sharp' } })
    expect([refused.status, refused.json.error.code]).toEqual([409, 'INVALID_STATE'])
  })
})

describe('the portal', () => {
  test('takes the keys of workers alone, and the APIs take none of them', async () => {
    const { portal, workfunder, workflows, workfunderKey, account, ada } = await portalApp()
    const developers = await workfunderKey('live', account.id)
    const missing = await portal(NEAR, { bearer: undefined })
    expect([missing.status, missing.json.error.code]).toEqual([401, 'MISSING_API_KEY'])
    for (const bearer of [developers, `${ada.key.slice(0, -1)}!`, 'wfw_', '']) {
      const { status, json, text } = await portal(NEAR, { bearer })
      expect([status, json.error.code]).toEqual([401, bearer === '' ? 'MISSING_API_KEY' : 'INVALID_API_KEY'])
      expect(text).not.toContain(ada.key.slice(20))
    }
    expect((await workfunder('GET /account', { bearer: ada.key })).status).toBe(401)
    expect((await workflows('GET /workflows', { key: ada.key })).status).toBe(401)
  })

  test('lets in whom bcrypt proves, after secret.key was lost', async () => {
    const { portal, db, ada } = await portalApp()
    db.$client.exec('update workers set key_verifier = null')
    const wrong = { bearer: `${ada.key.slice(0, -1)}${ada.key.endsWith('x') ? 'y' : 'x'}` }
    expect((await portal(NEAR, wrong)).json.error.code).toBe('INVALID_API_KEY')
    expect((await portal(NEAR)).status).toBe(200)
    const proved = db.$client.prepare('select count(*) from workers where key_verifier is not null').pluck()
    expect(proved.get()).toBe(1)
  })

  test('is closed to a suspended worker from the next request on', async () => {
    const { app, portal, ada, bob } = await portalApp()
    expect((await portal(NEAR)).status).toBe(200)
    await app.admin.workers.suspend({ id: ada.id })
    expect((await portal(NEAR)).json.error.code).toBe('INVALID_API_KEY')
    expect((await portal(NEAR, { bearer: bob.key })).status).toBe(200)
  })

  test('lets a worker in 60 times a minute, and tells how many are left', async () => {
    const { portal, clock, bob } = await portalApp()
    for (let i = 1; i <= PORTAL_LIMIT; i++) {
      const { status, headers } = await portal('GET /nowhere')
      expect([status, headers.get('x-ratelimit-remaining')]).toEqual([404, `${PORTAL_LIMIT - i}`])
    }
    const { status, json, headers } = await portal(NEAR)
    expect([status, json.error.code, headers.get('retry-after')]).toEqual([429, 'RATE_LIMIT_EXCEEDED', '60'])
    expect(headers.get('ratelimit-policy')).toBe('"portal";q=60;w=60')
    expect((await portal(NEAR, { bearer: bob.key })).status).toBe(200)
    clock.advance(60_000)
    expect((await portal(NEAR)).status).toBe(200)
  })

  test('counts wrong keys to the client’s address, and lets right ones in regardless', async () => {
    const { portal } = await portalApp()
    const wrong = { bearer: `wfw_${'x'.repeat(40)}` }
    for (let i = 0; i < 300; i++) await portal(NEAR, wrong)
    const refused = await portal(NEAR, wrong)
    expect([refused.status, refused.headers.get('x-ratelimit-limit')]).toEqual([429, '300'])
    expect((await portal(NEAR)).status).toBe(200)
  })
})

describe('the portal refuses, with the field named,', () => {
  const prepare = async () => {
    const { url, ada } = await portalApp()
    return { base: `${url}/portal`, bearer: ada.key }
  }
  const refused = (title: string, request: string, json: unknown, field: string) => ({
    title,
    request,
    json,
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
  })
  scenarios(prepare, [
    refused('a search without a place', 'GET /tasks', undefined, 'latitude'),
    refused('a search at no latitude', 'GET /tasks?latitude=NaN&longitude=1', undefined, 'latitude'),
    refused('a check-in without a place', 'POST /tasks/x/check-in', {}, 'latitude'),
    refused('a check-in in text', 'POST /tasks/x/check-in', { latitude: '1', longitude: 1 }, 'latitude'),
    refused(
      'a check-in off the Earth',
      'POST /tasks/x/check-in',
      { latitude: 1, longitude: 181 },
      'longitude',
    ),
    refused('a dispute without a reason', 'POST /tasks/x/dispute', {}, 'reason'),
    {
      title: 'another method, and names those that there are',
      request: 'DELETE /tasks/x',
      status: 405,
      expected: ['GET'],
    },
  ])
})

test('what a suspended worker had in hand waits for the others, and the money stays where it is', async () => {
  const { app, startTask, portal, ada, bob, developer } = await portalApp()
  const id = await startTask()
  await app.admin.workers.suspend({ id: ada.id })
  expect((await developer(`GET /tasks/${id}`)).json).toMatchObject({ status: 'posted', worker_id: null })
  expect(app.ledger.escrow(id)).toBe(5000)
  expect((await portal(`POST /tasks/${id}/accept`, { bearer: bob.key })).status).toBe(200)
})
