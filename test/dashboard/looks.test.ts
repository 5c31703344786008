import { expect, test } from 'bun:test'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { createWorld } from '../fuzz/world.ts'
import { BROWSER_PATIENCE_MS, describeInBrowser, newPage } from '../helpers/browser.ts'

/** A folder, for whoever wants to look at it. */
const { KEYWARD_TEST_SCREENSHOTS: SCREENSHOTS } = process.env

const THEMES = ['light', 'dark'] as const
const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 390, height: 844 }

type Ids = Record<'key' | 'account' | 'workflow' | 'run' | 'task' | 'request', string>

/** Every view, by the name of its screenshots. */
const VIEWS: Readonly<Record<string, (ids: Ids) => string>> = {
  keys: () => '/keys',
  key: ({ key }) => `/keys/${key}`,
  requests: () => '/requests',
  request: ({ request }) => `/requests/${request}`,
  accounts: () => '/accounts',
  account: ({ account }) => `/accounts/${account}`,
  workflows: () => '/workflows',
  workflow: ({ workflow }) => `/workflows/${workflow}`,
  runs: () => '/runs',
  run: ({ run }) => `/runs/${run}`,
  tasks: () => '/tasks',
  task: ({ task }) => `/tasks/${task}`,
  audit: () => '/audit',
}

/** Its name is there, and nothing is waited for any more. */
async function shown(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  await page.locator('main p.waiting').first().waitFor({ state: 'detached' })
}

async function violationsIn(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<axe.AxeResults>(
    "axe.run(document, { resultTypes: ['violations'] })",
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}

/** Something of each kind, in each state. */
async function filledServer() {
  const { app, url, refill } = await createWorld()
  await refill()
  const first = <T>(list: readonly T[]): T => {
    const [one] = list
    if (one === undefined) throw new Error('the world has none of a kind')
    return one
  }
  const { admin } = app
  const ids: Ids = {
    key: first(await admin.keys.list({ status: 'active' })).id,
    account: first(await admin.accounts.list()).id,
    workflow: first(await admin.workflows.list({})).id,
    run: first(await admin.runs.list({})).id,
    task: first(await admin.tasks.list({ status: 'proof_submitted' })).id,
    request: first(await app.requests.list({})).requestId,
  }
  return { url, ids }
}

describeInBrowser('every view', () => {
  test(
    'in light and in dark can be used by everybody (axe), fits a telephone, asks nobody else, and breaks no policy',
    async () => {
      const { url, ids } = await filledServer()
      const { page, asked, complaints } = await newPage({ viewport: WIDE, isSharp: true })
      const found: Record<string, string[]> = {}
      for (const [view, address] of Object.entries(VIEWS)) {
        const shot = async (looks: string) =>
          SCREENSHOTS && page.screenshot({ path: join(SCREENSHOTS, `${view}-${looks}.png`) })
        await page.goto(`${url}/dashboard${address(ids)}`)
        await shown(page)
        await page.evaluate(axe.source)
        found[view] = []
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme })
          found[view].push(...(await violationsIn(page)))
          await shot(`wide-${colorScheme}`)
          await page.setViewportSize(NARROW)
          const width = await page.evaluate('document.documentElement.scrollWidth')
          if (width !== NARROW.width) found[view].push(`is ${width} pixels wide on a telephone`)
          await shot(`narrow-${colorScheme}`)
          await page.setViewportSize(WIDE)
        }
      }
      expect(found).toEqual(Object.fromEntries(Object.keys(VIEWS).map((view) => [view, []])))
      expect(asked.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith('data:'))).toEqual([])
      expect(complaints).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )
})
