import { expect, test } from 'bun:test'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { createWorld } from '../fuzz/world.ts'
import { BROWSER_PATIENCE_MS, describeInBrowser, newPage } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { TASK } from '../helpers/portal-app.ts'
import { testApp } from '../helpers/test-app.ts'
import { workflowApp } from '../helpers/workflow-app.ts'

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

const LONG = 'n'.repeat(255)

/** A page of a telephone, and the views of a server on which everything has the longest name. */
async function longNamedServer() {
  const app = await workflowApp()
  const { admin } = app.app
  const { id: accountId } = await admin.accounts.create({ name: LONG, email: `n@${'n'.repeat(60)}.example` })
  const { id: keyId, key } = await admin.keys.create({ api: 'workflows', name: LONG, accountId })
  const json = {
    name: LONG,
    description: LONG,
    trigger: { type: 'api' },
    steps: [{ id: 'ask', name: LONG, type: 'approval', config: { title: LONG, approvers: [LONG] } }],
  }
  const made = await app.workflows('POST /workflows', { key, json })
  const workflowId = made.json.data.id
  await admin.workflows.activate({ id: workflowId })
  const { id: runId } = await admin.runs.start({ workflowId, input: {} })
  await app.settled(runId)
  const bearer = await app.workfunderKey('test', accountId)
  const task = await app.workfunder('POST /tasks', { bearer, json: { ...TASK, title: LONG.slice(0, 200) } })
  const { page } = await openDashboard(app, '/keys', NARROW.width)
  const views = [
    '/keys',
    `/keys/${keyId}`,
    '/accounts',
    `/accounts/${accountId}`,
    '/workflows',
    `/workflows/${workflowId}?step=ask`,
    '/runs',
    `/runs/${runId}?step=ask`,
    '/tasks',
    `/tasks/${task.json.id}`,
  ]
  return { url: app.url, page, views }
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

  test(
    'fits a telephone also where all names are as long as may be, without a space, and each row tells its status beside its name',
    async () => {
      const { page, url, views } = await longNamedServer()
      const wide: Record<string, number> = {}
      for (const view of views) {
        await page.goto(`${url}/dashboard${view}`)
        await shown(page)
        await page.locator('main', { hasText: LONG.slice(0, 200) }).waitFor()
        // A table scrolls by itself; the status of what it lists is seen at once.
        wide[view] = await page.evaluate<number>(`Math.max(
          document.documentElement.scrollWidth,
          ...[...document.querySelectorAll('main > .scroller th')]
            .filter(({ textContent }) => textContent === 'Status')
            .map((title) => title.getBoundingClientRect().right),
        )`)
      }
      expect(Object.entries(wide).filter(([, width]) => width > NARROW.width)).toEqual([])
      await page.goto(`${url}/dashboard${views[1]}`)
      await page.getByRole('button', { name: 'Revoke' }).click()
      const close = await page.getByRole('dialog').getByRole('button', { name: 'Close' }).boundingBox()
      expect(close && close.x + close.width).toBeLessThanOrEqual(NARROW.width)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'of requests shows a long reason within its row, in line with what stands beside it',
    async () => {
      const app = testApp()
      const key = await app.workflowsKey()
      await app.workflows('POST /workflows', {
        key,
        json: { name: 'x', trigger: { type: 'none' }, steps: [] },
      })
      const { page } = await openDashboard(app, '/requests')
      await page.getByText('trigger.type must be one of').waitFor()
      const heights = await page
        .locator('tbody tr td')
        .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().height))
      expect(new Set(heights).size).toBe(1)
    },
    BROWSER_PATIENCE_MS,
  )
})
