import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser, newPage, BROWSER_PATIENCE_MS as PATIENCE_MS } from '../helpers/browser.ts'
import { call } from '../helpers/call.ts'
import { testApp } from '../helpers/test-app.ts'

/** Pixels. */
const TELEPHONE = 390

describeInBrowser('in a real browser', () => {
  async function open(address: string, width = 1280) {
    const opened = await newPage({ viewport: { width, height: 900 }, isSharp: width === TELEPHONE })
    await opened.page.goto(address)
    return opened
  }

  const opened = (page: Page) => page.locator('.opblock.is-open')

  test(
    '/docs shows every operation, asks nobody else, and its strict policy finds nothing to complain of',
    async () => {
      const { url } = testApp()
      const { page, asked, complaints } = await open(`${url}/docs?api=workfunder`)
      await page.locator('.opblock').first().waitFor()
      const { paths } = (await call(url, 'GET /openapi.json?api=workfunder')).json
      const operations = Object.values<object>(paths).flatMap((path) => Object.keys(path))
      expect(await page.locator('.opblock').count()).toBe(operations.length)
      await page.locator('.opblock-summary-control').first().click()
      await opened(page).waitFor()
      expect(
        asked.filter((address) => !address.startsWith(`${url}/`) && !address.startsWith('data:')),
      ).toEqual([])
      expect(complaints).toEqual([])
    },
    PATIENCE_MS,
  )

  test(
    '/docs tries a call with a pasted key, and shows what the server answers',
    async () => {
      const { url, workfunderKey } = testApp()
      const { page, complaints } = await open(`${url}/docs?api=workfunder#/Account/getAccount`)
      await page.locator('.auth-wrapper .authorize').first().click()
      await page.locator('.auth-container input').fill(await workfunderKey('test'))
      await page.locator('.modal-ux .auth-btn-wrapper .authorize').click()
      await page.locator('.modal-ux .btn-done').click()
      await opened(page).locator('.execute').click()
      const answer = opened(page).locator('.live-responses-table tbody .response').first()
      await answer.waitFor()
      expect(await answer.textContent()).toContain('"balance_cents": 0')
      expect(complaints).toEqual([])
    },
    PATIENCE_MS,
  )

  test.each(['/', '/docs?api=workfunder'])(
    '%s fits a telephone: nothing is wider than 390 pixels',
    async (path) => {
      const { url } = testApp()
      const { page } = await open(url + path, TELEPHONE)
      if (path !== '/') await page.locator('.opblock').first().waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(TELEPHONE)
    },
    PATIENCE_MS,
  )
})
