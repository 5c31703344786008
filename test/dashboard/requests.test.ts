import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { BROWSER_PATIENCE_MS, describeInBrowser, setPageTime } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testApp } from '../helpers/test-app.ts'

const paths = (page: Page) => page.locator('.requests tbody td.target').allTextContents()

const live = (page: Page) => page.getByText('live', { exact: true }).waitFor()

const row = (page: Page, path: string) => page.getByRole('row').filter({ hasText: path })

const detail = (page: Page) => page.getByRole('article', { name: 'Request' })

describeInBrowser('the requests of the dashboard', () => {
  test(
    'show as they are answered, and one opens to the check that refused it, without its key',
    async () => {
      const app = testApp()
      const key = await app.workflowsKey(['workflows:read'])
      const { page, complaints } = await openDashboard(app, '/requests')
      await live(page)
      await app.workflows('POST /workflows?seen=now', { key, json: { name: 'x' } })
      await row(page, '?seen=now').getByRole('link').click()
      const decision = detail(page).getByRole('list', { name: 'Decision' }).getByRole('listitem')
      await decision.first().waitFor()
      const steps = await decision.allTextContents()
      expect(steps.map((step) => step.includes('refuses'))).toEqual([false, false, true, false, false])
      expect(steps[2]).toContain('needs workflows:write')
      expect(await detail(page).textContent()).toContain('kept only by a server for development')
      expect(await page.content()).not.toContain(key)
      expect(complaints).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'stand still while they are paused, count what comes, and then show all of it once, the newest on top',
    async () => {
      const app = testApp()
      const { page } = await openDashboard(app, '/requests')
      await app.workflows('GET /first')
      await row(page, '/first').waitFor()
      await page.keyboard.press('p')
      await app.workflows('GET /second')
      await app.workflows('GET /third')
      await page.getByText('paused, 2 wait').waitFor()
      expect((await paths(page)).join()).not.toContain('second')
      await page.keyboard.press('p')
      await row(page, '/third').waitFor()
      const shown = (await paths(page)).map((path) => path.replace('GET /api/v1', '').trim())
      expect(shown).toEqual(['/third', '/second', '/first'])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'go on by themselves after the connection was lost: none is missing, and none is there twice',
    async () => {
      const app = testApp()
      const { page } = await openDashboard(app, '/requests')
      await app.workflows('GET /before')
      await row(page, '/before').waitFor()
      app.endStreams()
      await page.getByText('connection lost').waitFor()
      await app.workflows('GET /meanwhile')
      await live(page)
      await app.workflows('GET /after')
      await row(page, '/after').waitFor()
      const shown = (await paths(page)).map((path) => path.replace('GET /api/v1', '').trim())
      expect(shown).toEqual(['/after', '/meanwhile', '/before'])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'are filtered by the address; a filter that is none is refused in place, and a whole key stands nowhere',
    async () => {
      const app = testApp()
      const key = await app.workflowsKey()
      await app.workflows('GET /workflows', { key })
      await app.workflows('GET /nowhere', { key })
      await app.workflows('GET /keyless')
      const { page, asked } = await openDashboard(app, '/requests?status=4xx&path=/api/v1/now*')
      await row(page, '/nowhere').waitFor()
      expect(await paths(page)).toHaveLength(1)
      await page.getByLabel('Path').fill('nowhere')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').filter({ hasText: 'path must begin with / or *' }).waitFor()
      expect(await page.getByLabel('Path').inputValue()).toBe('nowhere')
      await page.goto(`${app.url}/dashboard/requests`)
      await row(page, '/keyless').waitFor()
      await page.getByLabel('Key').fill(key)
      await page.keyboard.press('Enter')
      await row(page, '/keyless').waitFor({ state: 'detached' })
      await row(page, '/nowhere').waitFor()
      expect(page.url()).toContain(key.slice(0, 20))
      expect([page.url(), ...asked].filter((address) => address.includes(key))).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'are walked with the keyboard alone, and the one before is found again by going back',
    async () => {
      const app = testApp()
      for (const path of ['/one', '/two', '/three']) await app.workflows(`GET ${path}`)
      const { page } = await openDashboard(app, '/requests')
      await row(page, '/three').waitFor()
      const opened = () => detail(page).getByRole('heading', { level: 2 })
      for (const [key, path] of [
        ['j', '/three'],
        ['j', '/two'],
        ['ArrowDown', '/one'],
        ['k', '/two'],
      ] as const) {
        await page.keyboard.press(key)
        await opened().filter({ hasText: path }).waitFor()
      }
      await page.keyboard.press('Escape')
      await detail(page).waitFor({ state: 'detached' })
      await page.goBack()
      await opened().filter({ hasText: '/two' }).waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'under --dev show what was sent as text alone, and are made again, as they were or changed',
    async () => {
      const app = testApp({ isDev: true })
      const key = await app.workflowsKey()
      const hostile = '<img src=x onerror="document.title=1">'
      await app.workflows('POST /workflows', { key, json: { name: hostile, secret: 'hush' } })
      const { page, complaints } = await openDashboard(app, '/requests')
      await row(page, '/api/v1/workflows').getByRole('link').click()
      const body = detail(page).getByRole('region', { name: 'Body' }).first()
      await body.waitFor()
      expect(await body.textContent()).toContain(JSON.stringify(hostile))
      expect(await body.textContent()).not.toContain('hush')

      await detail(page).getByRole('button', { name: 'Replay', exact: true }).click()
      await detail(page).getByRole('alert').filter({ hasText: 'give one in edit.body' }).waitFor()
      await detail(page).getByRole('button', { name: 'Edit and replay' }).click()
      const form = page.getByRole('form', { name: 'Edit and replay' })
      await form.getByLabel('Headers').fill('no header')
      await form.getByLabel('Body').fill('{"name":"changed","trigger":{"type":"api"},"steps":[]}')
      await form.getByRole('button', { name: 'Send' }).click()
      await form.getByRole('alert').filter({ hasText: 'one a line' }).waitFor()
      await form.getByLabel('Headers').fill('content-type: application/json')
      await form.getByRole('button', { name: 'Send' }).click()
      await detail(page).getByRole('heading', { level: 2 }).filter({ hasText: '201' }).waitFor()
      expect((await app.workflows('GET /workflows', { key })).json.data).toMatchObject([{ name: 'changed' }])
      expect(complaints.filter((text) => !text.includes('409') && !text.includes('400'))).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'are not shown in the place of one that is opened and cannot be had',
    async () => {
      const app = testApp()
      await app.workflows('GET /first')
      await app.workflows('GET /second')
      const { page } = await openDashboard(app, '/requests')
      await row(page, '/first').getByRole('link').click()
      await detail(page).getByRole('heading', { level: 2 }).filter({ hasText: '/first' }).waitFor()
      await app.close()
      await row(page, '/second').getByRole('link').click()
      await detail(page).getByRole('alert').filter({ hasText: 'does not answer' }).waitFor()
      expect(await detail(page).textContent()).not.toContain('/first')
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'were answered now or some time ago, and never in so many seconds from now',
    async () => {
      const later = Date.now() + 30_000
      const app = testApp({ clock: manualClock(later) })
      const { page } = await openDashboard(app, '/requests')
      await live(page)
      await setPageTime(page, later)
      await app.workflows('GET /young')
      await row(page, '/young').getByText('now', { exact: true }).waitFor()
      expect(await row(page, '/young').locator('time').textContent()).toBe('now')
    },
    BROWSER_PATIENCE_MS,
  )
})
