import { expect, test } from 'bun:test'
import { createRequestIds } from '../../src/requests/request-id.ts'
import { portalApp, proofForm } from '../helpers/portal-app.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { testApp } from '../helpers/test-app.ts'

const MADE = /^[0-9a-f]{8}-[0-9a-z]+$/

test.each([
  ['a good request', 'GET', '/api/v1/workflows', 200],
  ['one without a key', 'GET', '/v1/account', 401],
  ['a path that an API does not have', 'GET', '/api/v1/nowhere', 404],
  ['a method that a path does not have', 'PATCH', '/api/v1/workflows', 405],
  ['a HEAD', 'HEAD', '/api/v1/workflows', 200],
  ['a body that is no JSON', 'POST', '/api/v1/workflows', 400],
  ['the portal', 'GET', '/portal/tasks', 401],
  ['a webhook', 'POST', '/webhooks/stripe', 401],
  ['a look whether it lives', 'GET', '/livez', 200],
  ['a look whether it is ready', 'GET', '/readyz', 200],
  ['a path of nobody', 'GET', '/nowhere', 404],
  ['a proof that is not there', 'GET', '/proofs/signed/x.jpg', 404],
])('the answer to %s has the id that was sent', async (_, method, path, status) => {
  const keyward = testApp()
  const key = await keyward.workflowsKey()
  const headers = { 'x-api-key': key, 'X-Request-Id': 'from.me_1-2' }
  const response = await fetch(keyward.url + path, { method, headers })
  expect(response.status).toBe(status)
  expect(response.headers.get('x-request-id')).toBe('from.me_1-2')
  const [listed] = await keyward.app.requests.list({})
  expect(listed).toMatchObject({ requestId: 'from.me_1-2', method, path, status })
})

test('the answer to a request without a good host has an id too', async () => {
  const { url } = testApp()
  const { status, headers } = await rawCall(url, 'GET /v1/account HTTP/1.1\r\nHost: a b')
  expect(status).toBe(400)
  expect(headers.get('x-request-id')).toMatch(MADE)
})

test('the file of a proof comes with the id of the request', async () => {
  const { startTask, portal, developer } = await portalApp()
  const id = await startTask()
  await portal(`POST /tasks/${id}/proof`, { body: proofForm() })
  const { json } = await developer(`GET /tasks/${id}/proofs`)
  const response = await fetch(json.data[0].file_url, { headers: { 'X-Request-Id': 'picture' } })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-request-id')).toBe('picture')
})

test.each([
  ['none is sent', undefined],
  ['an empty one is sent', ''],
  ['one is too long', 'x'.repeat(129)],
  ['one has other characters', 'a b'],
  ['one would end the header in a log', 'a"b'],
  ['one could be the name of no page', '..'],
  ['one could be the name of no page either', '.'],
  ['one is a key', `wfk_${'A'.repeat(32)}`],
  ['one has a key in it', `for-wf_live_${'A'.repeat(40)}`],
])('where %s, one is made', async (_, sent) => {
  const { url } = testApp()
  const headers = sent === undefined ? undefined : { 'X-Request-Id': sent }
  const response = await fetch(`${url}/v1/account`, { headers })
  expect(response.headers.get('x-request-id')).toMatch(MADE)
})

test('of many thousands of ids that are made no two are the same', () => {
  const idOf = createRequestIds()
  const request = new Request('http://localhost/')
  const ids = Array.from({ length: 5000 }, () => idOf(request))
  expect(new Set(ids).size).toBe(5000)
  expect(ids.filter((id) => !MADE.test(id))).toEqual([])
})

test('no two requests get the same id, and one of 128 characters is taken', async () => {
  const { url } = testApp()
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => (await fetch(`${url}/livez`)).headers.get('x-request-id')),
  )
  expect(new Set(ids).size).toBe(50)
  const long = 'x'.repeat(128)
  const { headers } = await fetch(`${url}/livez`, { headers: { 'X-Request-Id': long } })
  expect(headers.get('x-request-id')).toBe(long)
})
