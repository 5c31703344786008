import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { BROWSER_PATIENCE_MS, describeInBrowser } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { type LooseStep, workflowApp } from '../helpers/workflow-app.ts'

const transform = (id: string, mapping: object = {}): LooseStep => ({
  id,
  type: 'transform',
  config: { mapping },
})

const ASKING: LooseStep[] = [
  {
    id: 'large',
    type: 'condition',
    config: {
      conditions: { left: '{{input.amount}}', operator: 'gt', right: '100' },
      then: ['ask', 'result'],
      else: ['small'],
    },
  },
  { id: 'ask', type: 'approval', config: { reason: 'An order of {{input.amount}}' } },
  transform('result', { by: '{{steps.ask.approvedBy}}' }),
  transform('small'),
]

/** A step in the graph, or in the time line, that says how it is. */
const lit = (page: Page, step: string, status: string) =>
  page.locator('.graph .node', { hasText: step }).and(page.locator(`.${status}`))
const row = (page: Page, step: string) => page.locator('.time-line button', { hasText: step })

describeInBrowser('the runs of the dashboard', () => {
  test(
    'a run lights up its graph while it goes on, waits for a decision that is made there, and goes on by it',
    async () => {
      const app = await workflowApp()
      const workflowId = await app.workflow(ASKING)
      const { page, complaints, asked } = await openDashboard(app, `/workflows/${workflowId}`)
      await page.getByRole('button', { name: 'Start a run' }).click()
      await page.getByLabel('Input, a JSON object').fill('{ "amount": 250 ')
      await page.getByRole('button', { name: 'Start', exact: true }).click()
      await page.getByRole('alert').getByText('input is not JSON').waitFor()
      expect(await page.getByLabel('Input, a JSON object').inputValue()).toBe('{ "amount": 250 ')

      await page.getByLabel('Input, a JSON object').fill('{ "amount": 250 }')
      await page.getByRole('button', { name: 'Start', exact: true }).click()
      await lit(page, 'ask', 'running').waitFor()
      await lit(page, 'large', 'completed').waitFor()
      await lit(page, 'result', 'pending').waitFor()

      await page.getByLabel('Comment').fill('looks <b>right</b>')
      await page.getByRole('button', { name: 'Approve' }).click()
      await lit(page, 'result', 'completed').waitFor()
      await lit(page, 'small', 'skipped').waitFor()
      await page.locator('.head .badge.good').waitFor()
      expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
      await row(page, 'ask').click()
      await page.getByRole('complementary').getByText('"comment": "looks <b>right</b>"').waitFor()
      expect(complaints).toEqual([])
      expect(asked.filter((address) => !address.startsWith(app.url))).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'what a step took, gave and wrote is text alone; of much only the beginning is shown, with its size',
    async () => {
      const app = await workflowApp()
      const code = `console.log('<img src=x onerror=alert(1)>'); return { html: '<i>x</i>', list: 'y'.repeat(100000) }`
      const workflowId = await app.workflow([
        { id: 'make', type: 'code', config: { language: 'javascript', code } },
      ])
      const { id } = await app.run(workflowId)
      const { page, complaints } = await openDashboard(app, `/runs/${id}?step=make`)
      const panel = page.getByRole('complementary')
      await panel.getByText('the beginning of 100.').waitFor()
      const text = (await panel.textContent()) ?? ''
      expect(text).toContain('<img src=x onerror=alert(1)>')
      expect(text).toContain('<i>x</i>')
      expect(await panel.locator('img, i').count()).toBe(0)
      expect(text.length).toBeLessThan(80_000)
      expect(complaints).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'a failed run is retried as it is, and restarted as a new one that opens',
    async () => {
      const app = await workflowApp()
      const workflowId = await app.workflow([
        transform('first'),
        {
          id: 'breaks',
          type: 'code',
          config: { language: 'javascript', code: 'throw new Error("no luck")' },
        },
        transform('after'),
      ])
      const { id } = await app.run(workflowId)
      const { page } = await openDashboard(app, `/runs/${id}`)
      await page.getByText('no luck').first().waitFor()
      await lit(page, 'breaks', 'failed').waitFor()
      await lit(page, 'after', 'skipped').waitFor()
      await page.getByRole('button', { name: 'Retry' }).click()
      await page.getByText('attempt 2').first().waitFor()

      await app.settled(id)
      await page.getByRole('button', { name: 'Restart …' }).click()
      await page.getByLabel('Begins at').selectOption('breaks')
      await page.getByRole('button', { name: 'Start a new run' }).click()
      await page.getByText('a restart of').waitFor()
      expect(new URL(page.url()).pathname).not.toBe(`/dashboard/runs/${id}`)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'the filters of the runs stand in the address, and the list shows what they leave',
    async () => {
      const app = await workflowApp()
      const [good, bad] = [
        await app.workflow([transform('a')], { name: 'Goes well' }),
        await app.workflow(
          [{ id: 'b', type: 'code', config: { language: 'javascript', code: 'throw new Error("x")' } }],
          {
            name: 'Goes wrong',
          },
        ),
      ]
      await app.run(good)
      await app.run(bad)
      const { page } = await openDashboard(app, '/runs')
      const rows = page.locator('tbody tr')
      await rows.filter({ hasText: 'Goes well' }).waitFor()
      await rows.filter({ hasText: 'Goes wrong' }).waitFor()
      await page.getByLabel('Status').selectOption('failed')
      await rows.filter({ hasText: 'Goes well' }).waitFor({ state: 'detached' })
      expect(await rows.count()).toBe(1)
      expect(new URL(page.url()).search).toBe('?status=failed')
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'the keyboard alone walks through a graph and opens a step of it',
    async () => {
      const app = await workflowApp()
      const workflowId = await app.workflow([
        transform('first'),
        { id: 'each', type: 'loop', config: { collection: '{{input.list}}', steps: ['inside'] } },
        transform('inside', { mark: '{{item}}' }),
      ])
      const { page } = await openDashboard(app, `/workflows/${workflowId}`)
      await page.locator('.node', { hasText: 'inside' }).waitFor()
      await page.locator('.node', { hasText: 'first' }).focus()
      for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
      await page.getByRole('complementary', { name: 'inside' }).getByText('{{item}}').waitFor()
      expect(new URL(page.url()).search).toBe('?step=inside')
      expect(await page.locator('.node:focus').textContent()).toContain('inside')
      expect(await page.locator('.graph rect').count()).toBe(1)
    },
    BROWSER_PATIENCE_MS,
  )
})
