import { describe, expect, test } from 'bun:test'
import { startServer } from '../../src/server.ts'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { testApp } from '../helpers/test-app.ts'

const HTML = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }
const POLICY =
  "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

describe('GET /', () => {
  test('answers a program with JSON that says where everything is', async () => {
    const { url } = testApp()
    const { status, headers, json } = await call(url, 'GET /')
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect([json.name, json.apis.workflows, json.openapi]).toEqual([
      'Keyward',
      `${url}/api/v1`,
      `${url}/openapi.json`,
    ])
    for (const address of [json.openapi, json.docs, json.health.live, json.health.ready]) {
      expect((await fetch(address)).status).toBe(200)
    }
  })

  test('answers a person with a page whose links all lead somewhere', async () => {
    const { url } = testApp()
    const { headers, text } = await call(url, 'GET /', HTML)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toBe(POLICY)
    const links = [...text.matchAll(/ href="(\/[^"]*)"/g)].map(([, href]) => href)
    expect(links).toContain('/docs?api=workfunder')
    for (const link of links) expect([link, (await fetch(url + link)).status]).toEqual([link, 200])
    expect(text).toContain('keyward admin keys create')
    expect(text).not.toContain('dev.env')
  })

  test('tells under --dev where the keys are, as HTML and in a shell’s words, and never a key', async () => {
    const { app } = testApp()
    const config = { host: '127.0.0.1', port: 0, publicUrl: null, trustProxy: [], metricsListen: null }
    const server = startServer(app, config, { keysFile: "/tmp/<it's>/dev.env" })
    afterTest(() => server.stop(0))
    const { text } = await call(server.url, 'GET /', HTML)
    expect(text).toContain('<pre>source &#x27;/tmp/&lt;it&#x27;\\&#x27;&#x27;s&gt;/dev.env&#x27;')
    expect(text).not.toContain("<it's>")
    expect(text).not.toMatch(/\b(?:wfk_|wf_live_|wf_test_)\w/)
  })
})

describe('GET /docs', () => {
  test('is made of files of this server alone, each under the strict policy', async () => {
    const { url } = testApp()
    const { headers, text } = await call(url, 'GET /docs', HTML)
    expect(headers.get('content-security-policy')).toBe(POLICY)
    expect(text).not.toMatch(/https?:\/\//)
    // The policy forbids scripts and styles inside the page.
    expect(text).not.toMatch(/<style|<script(?![^>]* src=)| on\w+=| style=/)
    const parts = [...text.matchAll(/ (?:href|src)="(\/docs\/[^"]*)"/g)].map(([, path = '']) => path)
    expect(parts.sort()).toEqual([
      '/docs/page.css',
      '/docs/page.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui.js',
    ])
    for (const path of parts) {
      const part = await fetch(url + path)
      const type = path.endsWith('.js') ? 'text/javascript' : 'text/css'
      expect([path, part.headers.get('content-type'), part.headers.get('content-security-policy')]).toEqual([
        path,
        `${type}; charset=utf-8`,
        POLICY,
      ])
      expect((await part.text()).length).toBeGreaterThan(100)
    }
  })

  test.each([
    ['gzip, deflate, br', 'gzip'],
    ['br;q=1.0, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', null],
    ['identity', null],
  ])('sends its files to who accepts %s as %s', async (accepted, encoding) => {
    const { url } = testApp()
    const options = { headers: { 'Accept-Encoding': accepted }, decompress: false }
    const { headers, ok } = await fetch(`${url}/docs/swagger-ui.js`, options)
    expect([ok, headers.get('content-encoding'), headers.get('vary')]).toEqual([
      true,
      encoding,
      'Accept-Encoding',
    ])
  })

  test.each(['/docs/', '/docs/none.js', '/docs/constructor', '/docs/..%2fpackage.json'])(
    'has nothing else: %s is 404',
    async (path) => {
      const { status, json } = await call(testApp().url, `GET ${path}`)
      expect([status, json.error.code]).toEqual([404, 'NOT_FOUND'])
    },
  )
})
