import { beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestApp, testApp } from '../../helpers/test-app.ts'

// The commands and programs of the vendor's authentication page, as it prints them. Only the server's
// address and the placeholder key are replaced.

const LIST_WORKFLOWS = `curl http://localhost:3000/api/v1/workflows \\
  -H "x-api-key: wfk_your_api_key_here"`

const JAVASCRIPT = `const API_KEY = process.env.WORKFLOWS_API_KEY;

const response = await fetch('http://localhost:3000/api/v1/workflows', {
  headers: {
    'x-api-key': API_KEY
  }
});`

const TYPESCRIPT = `const API_KEY = process.env.WORKFLOWS_API_KEY as string;

const response = await fetch('http://localhost:3000/api/v1/workflows', {
  headers: {
    'x-api-key': API_KEY
  }
});`

const PYTHON = `import os
import requests

API_KEY = os.environ.get('WORKFLOWS_API_KEY')

response = requests.get(
    'http://localhost:3000/api/v1/workflows',
    headers={'x-api-key': API_KEY}
)`

const LIST_KEYS = `curl http://localhost:3000/api/v1/auth/api-keys \\
  -H "x-api-key: YOUR_API_KEY"`

const CREATE_KEY = `curl -X POST http://localhost:3000/api/v1/auth/api-keys \\
  -H "x-api-key: YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "name": "Production API Key",
    "scopes": ["workflows:read", "workflows:write", "workflows:execute"]
  }'`

const REVOKE_KEY = `curl -X DELETE http://localhost:3000/api/v1/auth/api-keys/{KEY_ID} \\
  -H "x-api-key: YOUR_API_KEY"`

const FETCH_WITH_RETRY = `async function fetchWithRetry(url, options, maxRetries = 3) {
  for (let i = 0; i < maxRetries; i++) {
    const response = await fetch(url, options);

    if (response.status === 429) {
      const resetTime = response.headers.get('X-RateLimit-Reset');
      const waitMs = resetTime
        ? (parseInt(resetTime) * 1000) - Date.now()
        : Math.pow(2, i) * 1000;

      await new Promise(resolve => setTimeout(resolve, waitMs));
      continue;
    }

    return response;
  }
  throw new Error('Max retries exceeded');
}`

const PAGE = join(import.meta.dir, '../../../../shared/seeds/workflows-authentication.txt')
const hasRequests = Bun.spawnSync(['python3', '-c', 'import requests']).success

let keyward: TestApp
let key: string

beforeEach(async () => {
  keyward = testApp()
  key = await keyward.workflowsKey()
})

const here = (snippet: string) =>
  snippet
    .replaceAll('http://localhost:3000', keyward.url)
    .replaceAll('wfk_your_api_key_here', key)
    .replaceAll('YOUR_API_KEY', key)

/** Runs a snippet in a process of its own, with the key in the environment as the page advises. */
async function run(command: string[]) {
  const child = Bun.spawn(command, { env: { ...process.env, WORKFLOWS_API_KEY: key }, stderr: 'pipe' })
  const text = await new Response(child.stdout).text()
  return { code: await child.exited, text, json: () => JSON.parse(text) }
}
const shell = (command: string) => run(['bash', '-c', here(command)])

test.skipIf(!existsSync(PAGE))('these are the page’s own words', () => {
  const page = readFileSync(PAGE, 'utf8')
  const snippets = [
    LIST_WORKFLOWS,
    JAVASCRIPT,
    TYPESCRIPT,
    PYTHON,
    LIST_KEYS,
    CREATE_KEY,
    REVOKE_KEY,
    FETCH_WITH_RETRY,
  ]
  for (const snippet of snippets) expect(page).toContain(snippet)
})

describe('“Using Your API Key” works as printed', () => {
  test('with curl', async () => {
    const { json } = await shell(LIST_WORKFLOWS)
    expect(json()).toEqual({ success: true, data: [], meta: { cursor: null, hasMore: false } })
  })

  test('in JavaScript, on Node', async () => {
    const program = `${here(JAVASCRIPT)}\nconsole.log(response.status, await response.text())`
    const { text } = await run(['node', '--input-type=module', '-e', program])
    expect(text).toStartWith('200 {"success":true')
  })

  test('in TypeScript, on Bun', async () => {
    const program = `${here(TYPESCRIPT)}\nconsole.log(response.status, await response.text())`
    const { text } = await run([process.execPath, '-e', program])
    expect(text).toStartWith('200 {"success":true')
  })

  test.skipIf(!hasRequests)('in Python, with requests', async () => {
    const { text } = await run([
      'python3',
      '-c',
      `${here(PYTHON)}\nprint(response.status_code, response.text)`,
    ])
    expect(text).toStartWith('200 {"success":true')
  })
})

describe('“Environment Variables” works as printed', () => {
  test('export, and curl with the variable', async () => {
    const exportLine = `export WORKFLOWS_API_KEY=wfk_your_api_key_here`
    const { json } = await shell(
      `${exportLine}\ncurl -s -H "x-api-key: $WORKFLOWS_API_KEY" http://localhost:3000/api/v1/workflows`,
    )
    expect(json()).toMatchObject({ success: true })
  })
})

describe('“Managing API Keys” works as printed', () => {
  test('list, create and revoke', async () => {
    expect((await shell(LIST_KEYS)).json().data).toHaveLength(1)
    const { data } = (await shell(CREATE_KEY)).json()
    expect(data).toMatchObject({ name: 'Production API Key', key: expect.stringMatching(/^wfk_\w{32}$/) })
    expect((await shell(LIST_KEYS)).json().data).toHaveLength(2)
    const revoked = (await shell(REVOKE_KEY.replace('{KEY_ID}', data.id))).json()
    expect(revoked.data).toEqual({ id: data.id, revokedAt: expect.any(String) })
    const reply = await keyward.workflows('GET /workflows', { key: data.key })
    expect(reply.status).toBe(401)
  })
})

describe('“Handling Rate Limits” works as printed', () => {
  test('fetchWithRetry waits until reset and is then answered, at the first retry', async () => {
    const { clock, url } = keyward
    const waits: number[] = []
    const waiting = (resolve: () => void, ms: number) => {
      waits.push(ms)
      clock.advance(ms)
      resolve()
    }
    const fetchWithRetry = new Function('Date', 'setTimeout', `return ${FETCH_WITH_RETRY}`)(
      { now: clock.now },
      waiting,
    )
    const options = { method: 'DELETE', headers: { 'x-api-key': key } }
    for (let i = 0; i < 100; i++) await fetch(`${url}/api/v1/workflows/x`, options)
    clock.advance(12_345)
    const response = await fetchWithRetry(`${url}/api/v1/workflows/x`, options)
    expect([response.status, waits.length]).toEqual([404, 1])
    expect(waits[0]).toBeWithin(60_000 - 12_345, 60_000 - 12_345 + 1000)
  })
})
