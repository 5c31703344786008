import { expect, test } from 'bun:test'
import { type Advance, devApp } from '../helpers/dev-app.ts'
import { served } from '../helpers/served.ts'
import { webhookReceiver } from '../helpers/webhook-receiver.ts'

const DAY_MS = 86_400_000

/** 2026-11-21T09:00:00Z, where the clock of the tests begins. */
const START_MS = Date.UTC(2026, 10, 21, 9)

const iso = (ms: number) => new Date(ms).toISOString()

/** The first of each month from December 2026 on. */
const MONTHS = Array.from({ length: 12 }, (_, i) => iso(Date.UTC(2026, 11 + i, 1)))

const EVENTS = ['created', 'funded', 'posted', 'assigned', 'in_progress', 'proof_submitted', 'completed']

test('a year is lived through: keys end, limits refill, months turn, a workflow runs daily, webhooks come in order, and every sum is right', async () => {
  const app = await devApp()
  const { id: accountId, balance_cents: balance } = (await app.funder('GET /account')).json
  const { keys, accounts } = app.app.admin
  await accounts.credit({ id: accountId, cents: 100_000 })
  const live = await app.workfunderKey('live')
  const credited = balance + 100_000
  const balanceOf = async () => (await app.workfunder('GET /account', { bearer: live })).json.balance_cents
  const receiver = webhookReceiver()
  await app.funder('PUT /account/webhook', { json: { url: receiver.url } })
  const { url, seen } = served(() => new Response('ok'))
  const call = {
    id: 'call',
    type: 'api',
    config: { url, method: 'POST', body: { at: '{{now}}', n: '{{input.runCount}}' } },
  }
  await app.workflow([call], { trigger: { type: 'schedule', cron: '0 6 * * *' } })
  const quarterly = await Promise.all(
    [1, 2, 3].map((n) =>
      keys.create({ api: 'workflows', name: `q${n}`, accountId, expiresAt: START_MS + n * 90 * DAY_MS }),
    ),
  )

  const fired: Advance['fired'] = []
  const made: string[] = []
  for (const month of MONTHS) {
    // The tier is free: 10 requests a minute, of which each month takes all.
    const [, , third] = [await app.task(), await app.task(), await app.funder('GET /account')]
    expect(third.json.tasks_this_month).toBe(2)
    for (let i = 3; i < 10; i++) await app.funder('GET /account')
    expect((await app.funder('GET /account')).status).toBe(429)
    const due = iso(Date.parse(await app.now()) + 9 * DAY_MS)
    const paid = await app.task({ deadline: due }, live)
    await app.workfunder(`POST /tasks/${paid}/fund`, { bearer: live })
    made.push(paid)
    expect(await balanceOf()).toBeLessThan(credited)
    const advanced = await app.advance({ to: month })
    expect(advanced).toMatchObject({ now: month, remaining: 0, stopped: null })
    fired.push(...advanced.fired)
    expect((await app.funder('GET /account')).json.tasks_this_month).toBe(0)
  }
  fired.push(...(await app.advance({ to: iso(START_MS + 365 * DAY_MS) })).fired)

  const days = Array.from({ length: 365 }, (_, i) => iso(Date.UTC(2026, 10, 22 + i, 6)))
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual(days.map((at, i) => ({ at, n: i + 1 })))
  const ofKind = (kind: string) => fired.filter((one) => one.kind === kind)
  expect(ofKind('account.monthBegan').map(({ at }) => at)).toEqual(MONTHS)
  expect(ofKind('key.expired').map(({ id }) => id)).toEqual(quarterly.map(({ id }) => id))
  expect(fired.map(({ at }) => at)).toEqual(fired.map(({ at }) => at).sort())
  const byTask = Map.groupBy(receiver.received, ({ json }) => json.data.id)
  expect(byTask.size).toBe(24)
  for (const events of byTask.values())
    expect(events.map(({ json }) => json.event)).toEqual(EVENTS.map((event) => `task.${event}`))
  expect(receiver.received.map(({ json }) => json.timestamp)).toEqual(
    receiver.received.map(({ json }) => json.timestamp).sort(),
  )
  for (const { key } of quarterly) expect((await app.workflows('GET /workflows', { key })).status).toBe(401)
  const { data } = (await app.workfunder('GET /tasks?limit=100', { bearer: live })).json
  expect(data.map(({ id, status }: Record<string, string>) => [id, status])).toEqual(
    made.reverse().map((id) => [id, 'refunded']),
  )
  expect(await balanceOf()).toBe(credited)
})
