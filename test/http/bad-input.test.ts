import { describe, expect, test } from 'bun:test'
import { loggedDuring } from '../helpers/logged.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, serveProcess } from '../helpers/process.ts'
import { scenarios } from '../helpers/scenario.ts'
import { testApp } from '../helpers/test-app.ts'

const MIB = 1024 * 1024
const JSON_TYPE = { 'Content-Type': 'application/json' }
const VALID = { name: 'n', trigger: { type: 'api' }, steps: [] }

const codeOf = (text: string) => JSON.parse(text).error.code

const prepare = async () => {
  const { url, workflowsKey } = testApp()
  return { base: `${url}/api/v1`, key: await workflowsKey() }
}
const refused = (title: string, body: string | Uint8Array, expected: string, headers = JSON_TYPE) => ({
  title,
  request: 'POST /workflows',
  body,
  headers,
  status: 400,
  expected: ['"success":false', '"VALIDATION_ERROR"', expected],
})
const nested = (depth: number) =>
  `{"name":"n","trigger":{"type":"api"},"steps":[],"settings":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
/** An object of so many fields, which does not end. */
const names = (count: number) => `{${Array.from({ length: count }, (_, i) => `"n${i}":0,`).join('')}`
const ORDERS = [0, 1000, 2000, 3000]
/** An object of 5,000 names, of which this is the first. */
const namesFrom = (first: number) =>
  `{${Array.from({ length: 5000 }, (_, i) => `"n${(first + i) % 5000}":0`).join(',')}}`

/** As many objects as there are pairs of so many names. */
const pairs = (count: number) =>
  JSON.stringify(
    Array.from({ length: count ** 2 }, (_, i) => ({
      [`a${i % count}`]: 0,
      [`b${Math.floor(i / count)}`]: 0,
    })),
  )
const list = (of: string, count: number) => `[${Array.from({ length: count }, () => of).join(',')}]`

describe('a body is refused in the API’s own form', () => {
  scenarios(prepare, [
    refused('that is empty', '', 'must be valid JSON'),
    refused('that is not JSON', '{"name": s3cReT}', 'must be valid JSON'),
    refused('that ends too early', '{"name": "n"', 'must be valid JSON'),
    refused('that is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'must be UTF-8'),
    refused('that is a list', '[]', 'must be an object'),
    refused('that is null', 'null', 'must be an object'),
    refused('of another content type', JSON.stringify(VALID), 'must be application/json', {
      'Content-Type': 'text/plain',
    }),
    refused('as curl sends it by default', JSON.stringify(VALID), 'must be application/json', {
      'Content-Type': 'application/x-www-form-urlencoded',
    }),
    refused('that is nested 100 deep', nested(100), 'deeper than 64'),
    refused('that is nested 100,000 deep', nested(100_000), 'deeper than 64'),
    refused('of 100,001 lists, before it is parsed', `[${'[],'.repeat(100_001)}`, 'more than 100000 values'),
    refused('of 100,001 numbers', `[${'0,'.repeat(100_001)}0]`, 'more than 100000 values'),
    refused('of 15,000 different names, before it is parsed', names(15_000), '10000 different field names'),
    refused('of 10,001 times the name 7', list('{"7":0}', 10_001), 'fields named by numbers'),
    refused('of 14,400 objects that each have another pair of names', pairs(120), '10000 different orders'),
    refused('with a __proto__', '{"name":"n","__proto__":{"admin":true}}', '__proto__'),
    refused('with a __proto__ far inside', '{"settings":{"a":[{"__proto__":1}]}}', '__proto__'),
    refused('with half an emoji', '{"name":"n","description":"\\ud83d"}', 'surrogate'),
  ])

  test('that is not JSON, without repeating any of it', async () => {
    const { base, key } = await prepare()
    const headers = { 'x-api-key': key, ...JSON_TYPE }
    const reply = await fetch(`${base}/workflows`, { method: 'POST', headers, body: '{"name": s3cReT}' })
    expect(await reply.text()).not.toContain('s3cReT')
  })

  test('over 1 MiB with 413, whether its length is told or not, and limit headers', async () => {
    const { base, key } = await prepare()
    const body = JSON.stringify({ ...VALID, description: 'x'.repeat(MIB) })
    const streamed = () => new Blob([body]).stream()
    for (const sent of [body, streamed()]) {
      const headers = { 'x-api-key': key, ...JSON_TYPE }
      const reply = await fetch(`${base}/workflows`, { method: 'POST', headers, body: sent })
      expect([reply.status, codeOf(await reply.text())]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
      expect(reply.headers.get('x-ratelimit-limit')).toBe('100')
    }
  })

  test('of 200 MB is refused without being taken in, whether its length is told or not', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const server = await serveProcess(['--data', folder])
    const headers = { 'x-api-key': key, ...JSON_TYPE }
    const body = new Blob([new Uint8Array(200 * MIB)])
    for (const sent of [body, body.stream()]) {
      // The server may close before all is sent, which some clients report instead of the answer.
      const reply = await fetch(`${server.url}/api/v1/workflows`, {
        method: 'POST',
        headers,
        body: sent,
      }).catch(() => null)
      expect(reply?.status ?? 413).toBe(413)
    }
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    expect(await server.peakMemory()).toBeLessThan(200 * MIB)
  })
})

describe('a body is taken', () => {
  scenarios(prepare, [
    {
      title: 'as application/json with a charset',
      request: 'POST /workflows',
      body: JSON.stringify(VALID),
      status: 201,
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
    },
    {
      title: 'as a JSON subtype',
      request: 'POST /workflows',
      body: JSON.stringify(VALID),
      status: 201,
      headers: { 'Content-Type': 'application/vnd.api+json' },
    },
    {
      title: 'with unknown fields, which are ignored',
      request: 'POST /workflows',
      json: { ...VALID, surprise: 1 },
      status: 201,
      forbidden: ['surprise'],
    },
    {
      title: 'with 90,000 values under few names',
      request: 'POST /workflows',
      headers: JSON_TYPE,
      status: 201,
      body: `${JSON.stringify(VALID).slice(0, -1)},"surprise":${list('{"a":"[,[,{"}', 45_000)}}`,
    },
    {
      title: 'with four objects of the same 5,000 names, each in another order',
      request: 'POST /workflows',
      headers: JSON_TYPE,
      status: 201,
      body: `${JSON.stringify(VALID).slice(0, -1)},"surprise":[${ORDERS.map(namesFrom)}]}`,
    },
    {
      title: 'of nearly 1 MiB',
      request: 'POST /workflows',
      body: nested(50),
      headers: JSON_TYPE,
      status: 201,
    },
  ])
})

test('a defect answers 500 in the API’s form, says nothing of itself, and tells the operator without a key', async () => {
  const { workflows, db, workflowsKey } = testApp()
  const key = await workflowsKey()
  await workflows('GET /workflows', { key })
  db.$client.exec('drop table workflow_versions; alter table workflows rename to elsewhere')
  // At another address: the answer to the first one is kept (kept-answers.ts).
  const { told, result: reply } = await loggedDuring(() =>
    workflows('GET /workflows?limit=7', { key, isUndocumented: true }),
  )
  expect([reply.status, reply.json]).toEqual([
    500,
    { success: false, error: { code: 'INTERNAL_ERROR', message: 'Internal server error' } },
  ])
  expect(reply.headers.get('x-ratelimit-limit')).toBe('1000')
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('GET /api/v1/workflows')
  expect(told.join()).not.toContain(key.slice(4))
})

test('paths beside the APIs answer 404 as JSON', async () => {
  const { url } = testApp()
  const reply = await fetch(`${url}/favicon.ico`)
  expect([reply.status, codeOf(await reply.text())]).toEqual([404, 'NOT_FOUND'])
})
