import { describe, expect, test } from 'bun:test'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

const TIMES_SQUARE = { latitude: 40.758, longitude: -73.9855 }
const BROOKLYN_BRIDGE = { latitude: 40.7061, longitude: -73.9969 }
const ADA = { firstName: 'Ada', lastName: 'lovelace', city: 'New York', state: 'NY', ...TIMES_SQUARE }
const SEARCH = 'GET /workers/search?latitude=40.758&longitude=-73.9855'

async function setUp() {
  const keyward = testApp()
  const [live, test] = [await keyward.workfunderKey('live'), await keyward.workfunderKey('test')]
  const ada = await keyward.app.admin.workers.create({ ...ADA, skills: ['notary'], hourlyRateCents: 3000 })
  const send = (line: string, bearer = live) => keyward.workfunder(line, { bearer })
  return { ...keyward, live, test, ada, send }
}

describe('searching with a live key', () => {
  test('finds real workers as the vendor shows them, and neither their address nor their name whole', async () => {
    const { send, ada } = await setUp()
    const { status, json, text } = await send(SEARCH)
    expect([status, json]).toEqual([
      200,
      {
        data: [
          {
            id: ada.id,
            first_name: 'Ada',
            last_name: 'L.',
            city: 'New York',
            state: 'NY',
            skills: ['notary'],
            hourly_rate_cents: 3000,
            reputation_score: 80,
            distance_meters: 550,
          },
        ],
        meta: { total: 1, limit: 20, offset: 0 },
      },
    ])
    for (const hidden of ['ovelace', '40.758', 'wfw_', ada.key]) expect(text).not.toContain(hidden)
  })

  test('is by radius and skills, any of them, nearest first, in pages', async () => {
    const { app, send, ada } = await setUp()
    const bob = await app.admin.workers.create({
      ...ADA,
      ...BROOKLYN_BRIDGE,
      skills: ['driving', 'cleaning'],
    })
    const idsOf = async (more: string) =>
      (await send(`${SEARCH}${more}`)).json.data.map(({ id }: { id: string }) => id)
    expect(await idsOf('')).toEqual([ada.id, bob.id])
    expect(await idsOf('&radius_miles=3.5')).toEqual([ada.id])
    expect(await idsOf('&skills=cleaning,photography')).toEqual([bob.id])
    expect(await idsOf('&skills=cleaning,%20notary')).toEqual([ada.id, bob.id])
    expect(await idsOf('&limit=1&offset=1')).toEqual([bob.id])
    expect((await send(`${SEARCH}&limit=1&offset=1`)).json.meta).toEqual({ total: 2, limit: 1, offset: 1 })
  })

  test('no longer finds who was suspended', async () => {
    const { app, send, ada } = await setUp()
    await app.admin.workers.suspend({ id: ada.id })
    expect((await send(SEARCH)).json.data).toEqual([])
    expect((await send(`GET /workers/${ada.id}`)).status).toBe(404)
  })
})

describe('searching with a test key', () => {
  test('finds made-up workers, the same ones each time, and no real one', async () => {
    const { send, test, ada, db } = await setUp()
    const { json, text } = await send(SEARCH, test)
    expect([json.meta.total, json.data.length]).toEqual([8, 8])
    const distances = json.data.map((worker: { distance_meters: number }) => worker.distance_meters)
    expect(distances).toEqual(distances.toSorted((a: number, b: number) => a - b))
    expect(text).not.toContain(ada.id)
    expect((await send(SEARCH, test)).text).toBe(text)
    expect(db.$client.prepare('select count(*) from workers').pluck().get()).toBe(1)
  })
})

test('a worker is shown by id in their own environment, and is 404 in the other', async () => {
  const { send, live, test, ada } = await setUp()
  const [madeUp] = (await send(SEARCH, test)).json.data
  const { distance_meters: _, ...shown } = madeUp
  expect((await send(`GET /workers/${madeUp.id}`, test)).json).toEqual(shown)
  expect((await send(`GET /workers/${ada.id}`, live)).json).toMatchObject({ id: ada.id, last_name: 'L.' })
  for (const [id, key] of [
    [madeUp.id, live],
    [ada.id, test],
    ['nobody', live],
    ['nobody', test],
  ]) {
    const { status, json } = await send(`GET /workers/${id}`, key)
    expect([status, json]).toEqual([404, { error: { code: 'NOT_FOUND', message: 'Worker not found' } }])
  }
})

test('the worker who takes a test task is one that a search near it finds', async () => {
  const { app, clock, workfunder, send, test } = await setUp()
  const location = { city: 'New York', state: 'NY', ...TIMES_SQUARE }
  const json = { title: 't', description: 'd', category: 'other', budget_cents: 500, location }
  const { id } = (await workfunder('POST /tasks', { bearer: test, json })).json
  for (let i = 0; i < 60; i++) {
    clock.advance(1000)
    app.tick()
  }
  const { worker_id: workerId } = (await send(`GET /tasks/${id}`, test)).json
  const found = (await send(SEARCH, test)).json.data.map((worker: { id: string }) => worker.id)
  expect(found).toContain(workerId)
  expect((await send(`GET /workers/${workerId}`, test)).status).toBe(200)
})

describe('a search is refused, with the field named,', () => {
  const prepare = async () => {
    const { url, live } = await setUp()
    return { base: `${url}/v1`, bearer: live }
  }
  const refused = (title: string, query: string, field: string) => ({
    title,
    request: `GET /workers/search?${query}`,
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
  })
  scenarios(prepare, [
    refused('without a latitude', 'longitude=1', 'latitude'),
    refused('without a longitude', 'latitude=1', 'longitude'),
    refused('with a latitude above 90', 'latitude=90.1&longitude=1', 'latitude'),
    refused('with a longitude below -180', 'latitude=1&longitude=-181', 'longitude'),
    refused('with a latitude that is NaN', 'latitude=NaN&longitude=1', 'latitude'),
    refused('with a latitude that is empty', 'latitude=&longitude=1', 'latitude'),
    refused('with a longitude that is hexadecimal', 'latitude=1&longitude=0x10', 'longitude'),
    refused('with a latitude that is true', 'latitude=true&longitude=1', 'latitude'),
    refused('with a radius of 51 miles', 'latitude=1&longitude=1&radius_miles=51', 'radius_miles'),
    refused('with a radius of nothing', 'latitude=1&longitude=1&radius_miles=0', 'radius_miles'),
    refused('with a limit of 101', 'latitude=1&longitude=1&limit=101', 'limit'),
    refused('with an offset of -1', 'latitude=1&longitude=1&offset=-1', 'offset'),
    refused('with a skill that is none', 'latitude=1&longitude=1&skills=notary,flying', 'skills'),
  ])
})
