import { expect, test } from 'bun:test'
import { DAY_MS } from '../../src/lib/duration.ts'
import { BROWSER_PATIENCE_MS, describeInBrowser, setPageTime } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { devApp } from '../helpers/dev-app.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testApp } from '../helpers/test-app.ts'

const bar = { name: 'Development' }

describeInBrowser('the dashboard of a server for development', () => {
  test(
    'cannot be taken for one in earnest, which has neither its bar, nor its icon, nor its title',
    async () => {
      for (const isDev of [true, false]) {
        const { page } = await openDashboard(testApp({ isDev }), '/audit')
        await page.getByRole('heading', { name: 'Audit' }).waitFor()
        const ofDev = page.getByRole('complementary', bar)
        const itsIcon = page.locator('link[rel=icon][href*=b3470b]')
        if (isDev) {
          await ofDev.waitFor()
          await itsIcon.waitFor({ state: 'attached' })
          await page.waitForFunction('document.title.startsWith("DEV")')
        } else {
          expect([await ofDev.count(), await itsIcon.count()]).toEqual([0, 0])
          expect(await page.title()).toStartWith('Audit')
        }
      }
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'drives the clock: what came due on the way is told, and what is no time is refused in place',
    async () => {
      const app = await devApp()
      const { page } = await openDashboard(app, '/requests')
      const clock = page.getByRole('complementary', bar)
      await app.workflows('GET /workflows', { key: app.key })
      const before = await app.now()
      await clock.getByRole('button', { name: 'Freeze' }).click()
      await clock.getByText('frozen').waitFor()
      await clock.getByRole('button', { name: 'Advance 1 h' }).click()
      await clock.getByRole('button', { name: 'came due' }).click()
      await page.getByRole('dialog').getByText('limit.refilled').first().waitFor()
      await page.keyboard.press('Escape')
      const passed = Date.parse(await app.now()) - Date.parse(before)
      expect(passed).toBeGreaterThanOrEqual(3_600_000)

      await clock.getByRole('button', { name: 'Other' }).click()
      await page.getByLabel('By how much').fill('soon')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'must be a duration' }).waitFor()
      expect(await page.getByLabel('By how much').inputValue()).toBe('soon')
      expect(Date.parse(await app.now()) - Date.parse(before)).toBe(passed)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'sets a fault, turns it off and on again, and shows how often it has struck',
    async () => {
      const app = await devApp()
      const { page } = await openDashboard(app, '/audit')
      await page.getByRole('button', { name: 'Faults' }).click()
      await page.getByText('Set a fault').click()
      const form = page.getByRole('form', { name: 'Set a fault' })
      await form.getByLabel('Path').fill('/api/v1/**')
      await form.getByLabel('Status').selectOption('503')
      await form.getByLabel('So many times').fill('often')
      await form.getByRole('button', { name: 'Set' }).click()
      await form.getByRole('alert').filter({ hasText: 'times' }).waitFor()
      await form.getByLabel('So many times').fill('')
      await form.getByRole('button', { name: 'Set' }).click()
      const fault = page.getByRole('switch', { name: 'flaky' })
      await fault.waitFor()
      const status = async () => (await app.workflows('GET /workflows', { key: app.key })).status
      expect(await status()).toBe(503)
      await page.getByText('struck 1 of 1').waitFor()
      await fault.click()
      await page.getByRole('switch', { name: 'flaky', checked: false }).waitFor()
      expect(await status()).toBe(200)
      await fault.click()
      await page.getByRole('switch', { name: 'flaky', checked: true }).waitFor()
      expect(await status()).toBe(503)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'resets nothing before that is confirmed, and says in place where it cannot be',
    async () => {
      // Without a folder of data that could be put back.
      const { page, asked } = await openDashboard(testApp({ isDev: true }), '/audit')
      const resets = () => asked.filter((address) => address.endsWith('/_dev/reset'))
      await page.getByRole('button', { name: 'Reset' }).click()
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      expect(resets()).toEqual([])
      await page.getByRole('button', { name: 'Reset' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click()
      await page.getByRole('dialog').getByRole('alert').waitFor()
      expect(resets()).toHaveLength(1)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'says how far its clock is ahead to the second, whatever ms its answer was on the way',
    async () => {
      const now = Date.now()
      const app = testApp({ isDev: true, clock: manualClock(now + 31 * DAY_MS) })
      const { page } = await openDashboard(app, '/audit')
      const itsBar = page.getByRole('complementary', bar)
      await setPageTime(page, now + 520)
      await itsBar.getByText('30 d 23 h ahead').waitFor()
      await setPageTime(page, now + 40)
      await itsBar.getByText('31 d ahead').waitFor()
    },
    BROWSER_PATIENCE_MS,
  )
})
