import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { parseNetwork } from '../../src/lib/network.ts'
import { BROWSER_PATIENCE_MS, describeInBrowser, type OpenPage } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'

/** By the browser's own clock, which tells how long ago something was. */
const appNow = () => testApp({ clock: manualClock(Date.now()) })

const statusOf = async ({ url }: TestApp, key: string, path = '/workflows') =>
  (await fetch(`${url}/api/v1${path}`, { headers: { 'x-api-key': key } })).status

/** The secret that the open dialog shows. */
async function secretIn(page: Page): Promise<string> {
  return (await page.getByRole('dialog').locator('pre').first().textContent()) ?? ''
}

async function makeByKeyboard({ page }: OpenPage, name: string): Promise<string> {
  await page.getByRole('button', { name: 'Create key' }).waitFor()
  await page.keyboard.press('c')
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).waitFor()
  await page.keyboard.type(name)
  await page.keyboard.press('Enter')
  await page.getByText('Copy it now').waitFor()
  return secretIn(page)
}

describeInBrowser('the keys of the dashboard', () => {
  test(
    'a key is made by keyboard alone, its lines work as they stand, and afterwards its secret is nowhere',
    async () => {
      const app = appNow()
      const opened = await openDashboard(app, '/keys')
      const { page, complaints } = opened
      const secret = await makeByKeyboard(opened, 'By hand')
      expect(await statusOf(app, secret)).toBe(200)
      const [, env, curl] = await page.getByRole('dialog').locator('pre').allTextContents()
      expect(env).toBe(`WORKFLOWS_API_KEY=${secret}`)
      const ran = Bun.spawn(['sh', '-c', `${curl} -s -o /dev/null -w '%{http_code}'`])
      expect(await ran.stdout.text()).toBe('200')
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'By hand' }).waitFor()
      const kept = await page.evaluate<string>(
        'document.documentElement.outerHTML + location.href + JSON.stringify([localStorage, sessionStorage])',
      )
      expect(kept).not.toContain(secret)
      expect(JSON.stringify(await app.app.admin.audit.list({ limit: 50 }))).not.toContain(secret)
      expect(complaints).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'a key may do what is ticked and nothing else, and what is refused is told in place with all that was typed',
    async () => {
      const app = appNow()
      const { page } = await openDashboard(app, '/keys')
      await page.getByRole('button', { name: 'Create key' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'None' }).click()
      await dialog.getByRole('textbox', { name: 'Name' }).fill('Reader')
      await dialog.getByRole('button', { name: 'Create key' }).click()
      await dialog.getByRole('alert').waitFor()
      expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Reader')
      await dialog.getByRole('checkbox', { name: 'runs:read' }).check()
      await dialog.getByRole('button', { name: 'Create key' }).click()
      await page.getByText('Copy it now').waitFor()
      const secret = await secretIn(page)
      expect([await statusOf(app, secret), await statusOf(app, secret, '/runs')]).toEqual([403, 200])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'a rotated key works with both secrets, and with the new one alone once the overlap is ended',
    async () => {
      const app = appNow()
      const { id, key } = await app.app.admin.keys.create({ api: 'workflows', name: 'Rotated' })
      const { page } = await openDashboard(app, `/keys/${id}`)
      await page.getByRole('button', { name: 'Rotate' }).click()
      await page.getByRole('button', { name: 'Rotate key' }).click()
      await page.getByText('Copy it now').waitFor()
      const next = await secretIn(page)
      expect([await statusOf(app, key), await statusOf(app, next)]).toEqual([200, 200])
      await page.getByRole('button', { name: 'I have stored it' }).click()
      await page.getByRole('button', { name: 'End old secret' }).click()
      await page.getByRole('button', { name: 'End it now' }).click()
      await page.getByRole('button', { name: 'End old secret' }).waitFor({ state: 'detached' })
      expect([await statusOf(app, key), await statusOf(app, next)]).toEqual([401, 200])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'a key that is in use is revoked only with its name typed; one that was never used by a plain confirm',
    async () => {
      const app = appNow()
      const { keys } = app.app.admin
      const used = await keys.create({ api: 'workflows', name: 'In use' })
      const idle = await keys.create({ api: 'workflows', name: 'Idle' })
      await statusOf(app, used.key)
      const { page } = await openDashboard(app, `/keys/${used.id}`)
      await page.getByRole('button', { name: 'Revoke' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox').fill('In us')
      await dialog.getByRole('button', { name: 'Revoke key' }).click()
      await dialog.getByRole('alert').waitFor()
      expect(await statusOf(app, used.key)).toBe(200)
      await dialog.getByRole('textbox').fill('In use')
      await dialog.getByRole('button', { name: 'Revoke key' }).click()
      await page.getByRole('heading', { name: 'In use revoked' }).waitFor()
      expect(await statusOf(app, used.key)).toBe(401)
      await page.goto(`${app.url}/dashboard/keys/${idle.id}`)
      await page.getByRole('button', { name: 'Revoke' }).click()
      expect(await dialog.getByRole('textbox').count()).toBe(0)
      await dialog.getByRole('button', { name: 'Revoke key' }).click()
      await page.getByRole('heading', { name: 'Idle revoked' }).waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'a request is seen while the page is open: in its window, by how it was answered, with its reason and address',
    async () => {
      const app = appNow()
      const { id, key } = await app.app.admin.keys.create({
        api: 'workflows',
        name: '<b id="evil">& "watched"',
        scopes: ['workflows:read'],
      })
      const { page, complaints } = await openDashboard(app, `/keys/${id}`)
      await page.getByText('0 of 1000').waitFor()
      await statusOf(app, key)
      await statusOf(app, key, '/runs')
      await page.getByText('2 of 1000').waitFor()
      await page.getByText('The same in numbers').click()
      const counted = page.getByRole('table', { name: 'Usage in numbers' }).locator('tbody tr').first()
      // Window and usage are asked for one after the other.
      await counted.filter({ has: page.getByRole('cell', { name: '2', exact: true }) }).waitFor()
      expect((await counted.locator('td').allTextContents()).slice(1)).toEqual([
        '1',
        '0',
        '1',
        '0',
        '0',
        '0',
        '2',
      ])
      const requests = page.getByRole('table', { name: 'Last requests' })
      await requests.getByText('runs:read').waitFor()
      await page.getByRole('button', { name: 'Explain' }).click()
      await page.getByText('It is let in').waitFor()
      expect(await page.locator('#evil').count()).toBe(0)
      expect(complaints).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'keys of 75 and of 90 days are marked and found; who asks for a whole key finds it, and the address has its id',
    async () => {
      const clock = manualClock(Date.now() - 91 * 86_400_000)
      const app = testApp({ clock })
      const { keys } = app.app.admin
      const due = await keys.create({ api: 'workflows', name: 'Due' })
      clock.advance(15 * 86_400_000)
      await keys.create({ api: 'workflows', name: 'Soon' })
      clock.advance(76 * 86_400_000)
      await keys.create({ api: 'workflows', name: 'New' })
      const { page } = await openDashboard(app, '/keys?age=75_days_or_more')
      await page.getByText('76 d').waitFor()
      expect(await page.locator('tbody tr').count()).toBe(2)
      await page.getByLabel('Age').selectOption('90 days or more')
      await page.getByText('76 d').waitFor({ state: 'detached' })
      expect(await page.locator('tbody .badge.bad').allTextContents()).toEqual(['91 d'])
      await page.goto(`${app.url}/dashboard/keys/${due.key}`)
      await page.getByRole('heading', { name: 'Due active' }).waitFor()
      await page.waitForURL(`${app.url}/dashboard/keys/${due.id}`)
      await page.goto(`${app.url}/dashboard/keys/none`)
      await page.getByRole('heading', { name: 'No such key' }).waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'a key that comes from where it never came from before is marked, in the list and where it stands alone',
    async () => {
      const proxy = parseNetwork('127.0.0.1')
      const app = testApp({ clock: manualClock(Date.now()), trustProxy: proxy ? [proxy] : [] })
      const { key } = await app.app.admin.keys.create({ api: 'workflows', name: 'Roaming' })
      const from = (address: string) =>
        app.workflows('GET /workflows', { key, headers: { 'X-Forwarded-For': address } })
      await from('203.0.113.1')
      const { page } = await openDashboard(app, '/keys')
      await page.getByRole('link', { name: 'Roaming' }).waitFor()
      expect(await page.getByText('new address').count()).toBe(0)
      app.clock.advance(3_600_000)
      await from('203.0.113.2')
      await page.reload()
      await page.getByText('new address').waitFor()
      await page.getByRole('link', { name: 'Roaming' }).click()
      await page.getByRole('heading', { name: 'Roaming active new address' }).waitFor()
      for (const address of ['203.0.113.1', '203.0.113.2']) await page.getByText(address).first().waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'the link to the key that made another leads to that one, and going back to the other',
    async () => {
      const app = appNow()
      const maker = await app.app.admin.keys.create({ api: 'workflows', name: 'Maker' })
      const json = { name: 'Made', scopes: ['runs:read'] }
      const made = await app.workflows('POST /auth/api-keys', { key: maker.key, json })
      const { page } = await openDashboard(app, `/keys/${made.json.data.id}`)
      await page.getByRole('heading', { name: 'Made active' }).waitFor()
      await page.getByRole('link', { name: 'Maker' }).click()
      await page.getByRole('heading', { name: 'Maker active' }).waitFor()
      expect(page.url()).toEndWith(maker.id)
      await page.goBack()
      await page.getByRole('heading', { name: 'Made active' }).waitFor()
      expect(page.url()).toEndWith(made.json.data.id)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'the old secret that is about to be ended is named until its dialog is closed, also where it ended by itself meanwhile',
    async () => {
      const app = appNow()
      const { keys } = app.app.admin
      const { id, prefix } = await keys.create({ api: 'workflows', name: 'Rotated' })
      await keys.rotate({ id, overlapMs: 3_600_000 })
      const { page } = await openDashboard(app, `/keys/${id}`)
      await page.getByRole('button', { name: 'End old secret' }).click()
      const dialog = page.getByRole('dialog')
      const words = await dialog.locator('p').textContent()
      expect(words).toContain(prefix)
      app.clock.advance(3_600_000)
      await page.locator('h1 .badge', { hasText: 'active' }).waitFor()
      expect(await dialog.locator('p').textContent()).toBe(words)
      await dialog.getByRole('button', { name: 'End it now' }).click()
      await dialog.getByRole('alert').filter({ hasText: 'no previous secret' }).waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'an address that was cut in the middle of a character, or that names no view, is answered in words',
    async () => {
      const { page, complaints } = await openDashboard(appNow(), '/keys/%E0%A4%A')
      await page.getByRole('heading', { name: 'No such key' }).waitFor()
      await page.goto(page.url().replace('/keys/%E0%A4%A', '/constructor'))
      await page.getByText('There is no such view').waitFor()
      expect(complaints.filter((text) => !text.includes('400'))).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )
})
