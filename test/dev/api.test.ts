import { describe, expect, test } from 'bun:test'
import { call } from '../helpers/call.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { testApp } from '../helpers/test-app.ts'

const devApp = () => testApp({ isDev: true })

describe('/_dev', () => {
  test('is not there without --dev: each path is the ordinary 404, and no document tells of it', async () => {
    const { url, dev } = testApp()
    for (const line of ['GET /clock', 'POST /clock/freeze', 'PUT /anything']) {
      const { status, json } = await dev(line, { isUndocumented: true })
      expect([line, status, json.error.message]).toEqual([line, 404, 'Nothing is served at this path'])
    }
    expect((await fetch(`${url}/openapi.json?api=dev`)).status).toBe(400)
    expect(await (await fetch(`${url}/openapi.json`)).text()).not.toContain('_dev')
  })

  test('answers in its own form, without limits, and says which request it was', async () => {
    const { status, headers, json } = await devApp().dev('GET /clock')
    expect([status, json.frozen]).toEqual([200, false])
    expect(headers.get('x-request-id')).toMatch(/^[\w.-]+$/)
    expect([...headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([])
  })

  test('has a document of its own under --dev', async () => {
    const { json: document } = await call(devApp().url, 'GET /openapi.json?api=dev')
    expect(Object.keys(document.paths)).toContain('/_dev/clock')
    expect(Object.keys(document.paths).filter((path) => !path.startsWith('/_dev/'))).toEqual([])
    expect(document.paths['/_dev/clock'].get.security).toEqual([])
    expect(document.paths['/_dev/clock'].get.responses[200].headers).toEqual({})
  })

  test('refuses an unknown path and another method in its own form', async () => {
    const { dev } = devApp()
    const unknown = await dev('GET /nothing')
    expect([unknown.status, unknown.json.error.code]).toEqual([404, 'NOT_FOUND'])
    const method = await dev('DELETE /clock')
    expect([method.status, method.json.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED'])
    expect(method.headers.get('allow')).toBe('GET, HEAD')
    expect((await dev('HEAD /clock')).status).toBe(200)
  })
})

describe('whoever is not of this machine cannot drive it:', () => {
  test.each([
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a page of another port of this machine', { 'Sec-Fetch-Site': 'same-site' }],
    ['a page of another origin, in a browser that says nothing else', { Origin: 'https://evil.example' }],
    ['a page without an origin, as in a frame', { Origin: 'null' }],
    ['a proxy that passes somebody else’s on', { 'X-Forwarded-For': '203.0.113.9' }],
  ])('%s', async (_, headers) => {
    const { dev } = devApp()
    const { status, json } = await dev('POST /clock/freeze', { headers })
    expect([status, json.error.code]).toEqual([403, 'FORBIDDEN'])
    expect((await dev('GET /clock')).json.frozen).toBe(false)
  })

  test('a page whose host name was made to point here', async () => {
    const { url } = devApp()
    const host = `evil.example:${new URL(url).port}`
    expect((await rawCall(url, `GET /_dev/clock HTTP/1.1\r\nHost: ${host}`)).status).toBe(403)
  })

  test.each([
    ['a program', {}],
    ['a person who types the address', { 'Sec-Fetch-Site': 'none' }],
    ['a page of this server', { 'Sec-Fetch-Site': 'same-origin' }],
  ])('%s is not kept out', async (_, headers) => {
    expect((await devApp().dev('POST /clock/freeze', { headers })).json.frozen).toBe(true)
  })

  test('a page of this server, by its origin, is not kept out', async () => {
    const { url, dev } = devApp()
    const headers = { Origin: new URL(url).origin }
    expect((await dev('POST /clock/freeze', { headers })).json.frozen).toBe(true)
  })
})
