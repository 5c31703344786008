import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { testApp } from '../helpers/test-app.ts'

/** Debian's; where there is none, these tests are skipped, and the report counts them. */
const executablePath = Bun.which('chromium') ?? Bun.which('google-chrome')

/** A browser on a busy machine takes its time; nothing here depends on it. */
const PATIENCE_MS = 300_000

describe.skipIf(executablePath === null)('in a real browser', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', timeout: PATIENCE_MS })
  }, PATIENCE_MS)

  afterAll(() => browser.close())

  /** A page that notes what it asks for, and what its policy or a script complains of. */
  async function open(address: string, width = 1280) {
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    afterTest(() => page.close())
    page.setDefaultTimeout(PATIENCE_MS)
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(address)
    return { page, asked, complaints }
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
      const { page } = await open(url + path, 390)
      if (path !== '/') await page.locator('.opblock').first().waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    },
    PATIENCE_MS,
  )
})
