import { describe, expect, test } from 'bun:test'
import { OPERATOR } from '../helpers/audit.ts'
import { type Scraped, scrape, sumOf } from '../helpers/scrape.ts'
import { served } from '../helpers/served.ts'
import { testApp } from '../helpers/test-app.ts'
import { webhookScenario } from '../helpers/webhook-scenario.ts'
import { workflowApp } from '../helpers/workflow-app.ts'

const HAS_PROMTOOL = Bun.which('promtool') !== null

/** A session with each API, and what was in it that no label may tell. */
async function session() {
  const app = testApp({ addressLimit: 5 })
  const reader = await app.workflowsKey(['workflows:read'])
  const bearer = await app.workfunderKey('test')
  const [revoked] = await app.app.admin.keys.list({ api: 'workflows' })
  await app.workflows('GET /workflows', { key: reader })
  await app.workflows('POST /workflows', { key: reader, json: {} })
  await app.workfunder('POST /tasks', { bearer, json: {} })
  await app.workfunder('GET /account', { bearer: `${bearer.slice(0, -1)}_` })
  await app.workfunder('GET /account')
  await app.app.admin.keys.revoke({ id: revoked?.id ?? '' })
  await app.workflows('GET /workflows', { key: reader })
  for (let i = 0; i < 4; i++) await app.workfunder('GET /account')
  await fetch(`${app.url}/webhooks/nobody`, { method: 'POST', body: '{}' })
  await fetch(`${app.url}/portal/tasks`)
  await fetch(`${app.url}/livez`)
  return { ...app, secrets: [reader, bearer, revoked?.id ?? '', revoked?.accountId ?? ''] }
}

const page = (url: string) => scrape(`${url}/metrics`)

describe('GET /metrics', () => {
  test('counts each request by API, category and status, and how long it took', async () => {
    const { url } = await session()
    const metrics = await page(url)
    const requests = (api: string, category: string, status: string) =>
      sumOf(metrics, 'keyward_http_requests_total', { api, category, status })
    expect([
      requests('workflows', 'read', '200'),
      requests('workflows', 'write', '403'),
      requests('workflows', 'read', '401'),
      requests('workfunder', 'requests', '400'),
      requests('workfunder', 'requests', '401'),
      requests('workfunder', 'requests', '429'),
      requests('portal', 'portal', '429'),
      requests('webhooks', 'webhooks', '404'),
      requests('none', 'none', '200'),
    ]).toEqual([1, 1, 1, 1, 4, 2, 1, 1, 1])
    expect(sumOf(metrics, 'keyward_http_requests_total')).toBe(13)
    expect(sumOf(metrics, 'keyward_http_request_duration_seconds_count')).toBe(13)
    expect(sumOf(metrics, 'keyward_http_request_duration_seconds_bucket', { le: '+Inf' })).toBe(13)
  })

  test('counts what became of keys, and what the limits decided, each request once', async () => {
    const { url } = await session()
    const metrics = await page(url)
    const checks = (api: string, outcome: string) =>
      sumOf(metrics, 'keyward_key_checks_total', { api, outcome })
    expect([
      checks('workflows', 'valid'),
      checks('workflows', 'revoked'),
      checks('workfunder', 'valid'),
      checks('workfunder', 'invalid'),
      checks('workfunder', 'missing'),
      checks('workfunder', 'throttled'),
      checks('portal', 'throttled'),
    ]).toEqual([2, 1, 1, 1, 3, 2, 1])
    expect(sumOf(metrics, 'keyward_key_checks_total')).toBe(11)
    const decisions = (policy: string, decision: string) =>
      sumOf(metrics, 'keyward_limit_decisions_total', { policy, decision })
    expect([
      decisions('read', 'admitted'),
      decisions('write', 'admitted'),
      decisions('requests', 'admitted'),
      decisions('address', 'admitted'),
      decisions('address', 'refused'),
      decisions('webhooks', 'admitted'),
    ]).toEqual([1, 1, 1, 5, 3, 1])
    expect(sumOf(metrics, 'keyward_limit_decisions_total')).toBe(12)
  })

  test('counts a good key that is over its limit as good, and its request as refused', async () => {
    const app = testApp()
    const bearer = await app.workfunderKey('test')
    for (let i = 0; i < 12; i++) await app.workfunder('GET /account', { bearer })
    const metrics = await page(app.url)
    const valid = sumOf(metrics, 'keyward_key_checks_total', { outcome: 'valid' })
    const decisions = ['admitted', 'refused'].map((decision) =>
      sumOf(metrics, 'keyward_limit_decisions_total', { policy: 'requests', decision }),
    )
    expect([valid, sumOf(metrics, 'keyward_key_checks_total'), decisions]).toEqual([12, 12, [10, 2]])
  })

  test('tells how many keys stand in each way', async () => {
    const { url } = await session()
    const metrics = await page(url)
    const keys = (api: string, state: string) => sumOf(metrics, 'keyward_keys', { api, state })
    expect([keys('workflows', 'revoked'), keys('workflows', 'active'), keys('workfunder', 'active')]).toEqual(
      [1, 0, 1],
    )
    expect(sumOf(metrics, 'keyward_keys')).toBe(2)
  })

  test('tells how many runs have each status', async () => {
    const app = await workflowApp()
    const id = await app.workflow([{ id: 'w', type: 'wait', name: 'w', config: { duration: 3_600_000 } }])
    await app.untilWaiting(await app.start(id))
    const cancelled = await app.start(id)
    await app.api(`POST /runs/${cancelled}/cancel`)
    const metrics = await page(app.url)
    expect(sumOf(metrics, 'keyward_runs', { status: 'cancelled' })).toBe(1)
    expect(sumOf(metrics, 'keyward_runs')).toBe(2)
  })

  test('has no key, id or path of a request in it', async () => {
    const { url, secrets } = await session()
    const { text } = await page(url)
    expect(secrets.map((secret) => secret.length > 20)).toEqual([true, true, true, true])
    for (const secret of secrets) expect(text).not.toContain(secret.slice(0, 20))
    expect(text).not.toMatch(/nobody|127\.0\.0\.1/)
  })

  test.skipIf(!HAS_PROMTOOL)(
    'is clean to promtool (skipped where Debian’s prometheus is not there)',
    async () => {
      const { url } = await session()
      const { text } = await page(url)
      const child = Bun.spawn(['promtool', 'check', 'metrics'], {
        stdin: 'pipe',
        stdout: 'pipe',
        stderr: 'pipe',
      })
      child.stdin.write(text)
      child.stdin.end()
      const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text())
      expect([await child.exited, said]).toEqual([0, ''])
    },
  )

  test('never goes back, and adds up in the end, while it is scraped under load', async () => {
    const app = testApp()
    const keys = await Promise.all([app.workflowsKey(), app.workflowsKey(), app.workflowsKey()])
    const seen: Scraped[] = []
    let isOver = false
    async function scrapeOn() {
      while (!isOver) seen.push(await page(app.url))
    }
    const load = keys.map(async (key) => {
      for (let i = 0; i < 60; i++) {
        await app.workflows(i % 3 === 0 ? 'GET /nowhere' : 'GET /workflows', { key })
        await app.workfunder('GET /account', { bearer: 'wrong' })
      }
    })
    const scraping = scrapeOn()
    await Promise.all(load)
    isOver = true
    await scraping
    const last = await page(app.url)
    const counters = [...last.series.keys()].filter((name) =>
      /^keyward_\w+_(total|count|bucket)\b/.test(name),
    )
    expect(counters.length).toBeGreaterThan(20)
    for (const [i, scraped] of [...seen, last].slice(1).entries()) {
      const back = counters.filter(
        (name) => (scraped.series.get(name) ?? 0) < (seen[i]?.series.get(name) ?? 0),
      )
      expect(back).toEqual([])
    }
    expect(sumOf(last, 'keyward_http_requests_total', { api: 'workflows' })).toBe(180)
    expect(sumOf(last, 'keyward_http_requests_total', { api: 'workfunder', status: '401' })).toBe(180)
    expect(sumOf(last, 'keyward_limit_decisions_total', { policy: 'read', decision: 'admitted' })).toBe(180)
    expect(sumOf(last, 'keyward_http_request_duration_seconds_count', { api: 'workfunder' })).toBe(180)
  })
})

describe('the metrics beside the APIs are for this machine alone: they are not there', () => {
  test.each([
    ['that a proxy passes on', { 'X-Forwarded-For': '127.0.0.1' }],
    ['that a proxy passes on, which says so in another way', { Forwarded: 'for=127.0.0.1' }],
    ['of a page from elsewhere that has taken our address', { Host: 'rebound.example.com' }],
  ])('for a request %s', async (_, headers) => {
    const { url } = testApp()
    expect((await fetch(`${url}/metrics`, { headers })).status).toBe(404)
    expect((await fetch(`${url}/metrics`)).status).toBe(200)
  })
})

test('attempts to deliver webhooks are counted by how they ended', async () => {
  const ended: string[] = []
  const scenario = webhookScenario({ onAttempt: (outcome) => void ended.push(outcome) })
  const receiver = served((_, count) => new Response(null, { status: count === 2 ? 200 : 500 }))
  await scenario.webhooks.configure(scenario.accountId, 'test', { url: receiver.url }, OPERATOR)
  scenario.publish('task', 'task.created')
  await scenario.webhooks.deliverDue()
  scenario.clock.advance(86_400_000)
  await scenario.webhooks.deliverDue()
  const [delivery] = scenario.deliveries()
  scenario.webhooks.redeliver(scenario.accountId, 'test', delivery?.id ?? '')
  await scenario.webhooks.deliverDue()
  expect(ended).toEqual(['retry', 'delivered', 'failed'])
})
