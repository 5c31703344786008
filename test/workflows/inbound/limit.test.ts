import { describe, expect, test } from 'bun:test'
import { subject } from '../../../src/limits/limiter.ts'
import { createLimits, WEBHOOKS_LIMIT } from '../../../src/limits/limits.ts'
import { createWindowStore } from '../../../src/limits/store.ts'
import { inboundApp } from '../../helpers/inbound-app.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { testApp } from '../../helpers/test-app.ts'

/** Uses up an address's window, but for so many requests. */
function useUp({ webhooks }: { webhooks: ReturnType<typeof createLimits>['webhooks'] }, left: number) {
  for (let i = left; i < WEBHOOKS_LIMIT; i++) webhooks.take(subject('127.0.0.1'), WEBHOOKS_LIMIT)
}

describe('one address has 10,000 webhooks a minute', () => {
  test('and not one more; whoever waits as told is admitted again', async () => {
    const { app, hook, clock } = await inboundApp()
    useUp(app.limits, 1)
    const last = await hook('POST /custom/nobody/path', { json: {} })
    expect([last.status, last.headers.get('x-ratelimit-remaining')]).toEqual([200, '0'])
    const over = await hook('POST /custom/nobody/path', { json: {} })
    expect([over.status, over.json]).toEqual([
      429,
      {
        success: false,
        error: { code: 'RATE_LIMITED', message: 'Rate limit exceeded. Limit: 10000 requests per minute.' },
      },
    ])
    expect(over.headers.get('retry-after')).toBe('60')
    clock.advance(60_000)
    expect((await hook('POST /custom/nobody/path', { json: {} })).status).toBe(200)
  })

  test('a webhook over the limit is neither kept nor starts anything', async () => {
    const { app, account, hook, starts, events } = await inboundApp()
    await account.active({ provider: 'custom', path: 'orders' })
    useUp(app.limits, 0)
    expect((await hook(`POST /custom/${account.id}/orders`, { json: {} })).status).toBe(429)
    expect([starts(), events()]).toEqual([[], []])
  })

  test.each([
    ['a webhook that is taken', 'POST /custom/a/b', 200],
    ['one without a signature', 'POST /stripe', 401],
    ['one of an unknown provider', 'POST /slack', 404],
    ['a path that is not served', 'POST /a/b/c/d', 404],
    ['no path at all', 'POST ', 404],
    ['another method', 'GET /stripe', 405],
    ['another method of a custom path', 'DELETE /custom/a/b/c', 405],
  ])('%s counts in the same window and shows it', async (_, line, status) => {
    const { hook } = await inboundApp()
    await hook('POST /stripe')
    const reply = await hook(line, line.startsWith('POST') ? { json: {} } : {})
    expect(reply.status).toBe(status)
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'x-ratelimit-limit': '10000',
      'x-ratelimit-remaining': '9998',
      'x-ratelimit-reset': `${Date.UTC(2026, 10, 21, 9, 1) / 1000}`,
      ratelimit: '"webhooks";r=9998;t=60',
      'ratelimit-policy': '"webhooks";q=10000;w=60',
    })
  })

  test('webhooks and wrong keys do not draw on one another', async () => {
    const { app, hook, url } = await inboundApp()
    useUp(app.limits, 0)
    expect((await fetch(`${url}/api/v1/workflows`)).status).toBe(401)
    expect((await hook('POST /stripe')).status).toBe(429)
  })
})

describe('the windows of webhooks', () => {
  test('are kept over a restart', () => {
    const { app, db } = testApp()
    useUp(app.limits, 3)
    app.saveWindows()
    const fresh = createLimits(app.clock)
    createWindowStore(fresh, db).restore()
    expect(fresh.webhooks.peek(subject('127.0.0.1'), WEBHOOKS_LIMIT).remaining).toBe(3)
    expect(fresh.address.size).toBe(0)
  })

  test('are bounded in number, whatever addresses are made up', () => {
    const { webhooks } = createLimits(manualClock())
    for (let i = 0; i < 100_100; i++) webhooks.take(subject(`address ${i}`), WEBHOOKS_LIMIT)
    expect(webhooks.size).toBe(100_001)
  })
})
