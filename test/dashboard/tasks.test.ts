import { expect, test } from 'bun:test'
import { DAY_MS } from '../../src/lib/duration.ts'
import { BROWSER_PATIENCE_MS, describeInBrowser } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { TASK } from '../helpers/portal-app.ts'
import { testApp } from '../helpers/test-app.ts'
import { webhookReceiver } from '../helpers/webhook-receiver.ts'

describeInBrowser('tasks and accounts', () => {
  test(
    'a task of the sandbox is seen on its way to the end, with its money, as the clock is driven from the page',
    async () => {
      const app = testApp({ isDev: true })
      const bearer = await app.workfunderKey('test')
      const { json } = await app.workfunder('POST /tasks', { bearer, json: TASK })
      const { page, complaints } = await openDashboard(app, `/tasks/${json.id}`)
      await page.getByRole('heading', { name: TASK.title }).waitFor()
      const moves = page.getByRole('region', { name: 'Moves' })
      await moves.getByText('funded').first().waitFor()
      expect(await moves.getByText('completed').count()).toBe(0)
      await app.dev('POST /clock/advance', { json: { by: DAY_MS } })
      await moves.getByText('completed').waitFor()
      await page.getByRole('region', { name: 'Proofs' }).getByText('approved').waitFor()
      expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0)
      expect(complaints).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'an account is suspended and resumed, its keys refused meanwhile, its tier changed, and money moved',
    async () => {
      const app = testApp()
      const { id } = await app.app.admin.accounts.create({ name: 'Acme <b>' })
      const key = await app.workflowsKey(undefined, id)
      const ask = async () => (await app.workflows('GET /workflows', { key })).status
      const { page } = await openDashboard(app, `/accounts/${id}`)
      await page.getByRole('button', { name: 'Suspend' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
      await page.getByRole('button', { name: 'Resume' }).waitFor()
      expect(await ask()).toBe(401)
      await page.getByRole('button', { name: 'Resume' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
      await page.getByRole('button', { name: 'Suspend' }).waitFor()
      expect(await ask()).toBe(200)

      await page.getByRole('button', { name: 'Tier and limits' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('combobox').selectOption('pro')
      await dialog.getByLabel('Tasks a month').fill('many')
      await dialog.getByRole('button', { name: 'Change' }).click()
      await dialog.getByRole('alert').waitFor()
      expect(await dialog.getByLabel('Tasks a month').inputValue()).toBe('many')
      await dialog.getByLabel('Tasks a month').fill('7')
      await dialog.getByRole('button', { name: 'Change' }).click()
      await page.getByText('0 of 7').first().waitFor()

      await page.getByRole('button', { name: 'Credit or debit' }).click()
      await dialog.getByLabel('Amount in US dollars').fill('12.34')
      await dialog.getByRole('button', { name: 'Move' }).click()
      await page.getByRole('region', { name: 'Holdings' }).getByText('$12.34').waitFor()
      await page.getByRole('button', { name: 'Credit or debit' }).click()
      await dialog.getByRole('radio', { name: 'Debit' }).check()
      await dialog.getByLabel('Amount in US dollars').fill('12.35')
      await dialog.getByRole('button', { name: 'Move' }).click()
      await dialog.getByRole('alert').waitFor()
      expect(await app.app.admin.accounts.show({ id })).toMatchObject({
        tier: 'pro',
        tasksPerMonth: 7,
        balanceCents: 1234,
        status: 'active',
      })
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'what a webhook was told of a task is there with its answer, and is sent again',
    async () => {
      const receiver = webhookReceiver()
      const app = testApp()
      const bearer = await app.workfunderKey('test')
      await app.workfunder('PUT /account/webhook', { bearer, json: { url: receiver.url } })
      const { json } = await app.workfunder('POST /tasks', { bearer, json: TASK })
      const { page } = await openDashboard(app, `/tasks/${json.id}`)
      const deliveries = page.getByRole('table', { name: 'Webhook deliveries' })
      await deliveries.getByText('task.funded').waitFor()
      app.app.tick()
      await receiver.until(1)
      await page.getByRole('button', { name: 'Redeliver task.funded' }).click()
      await page.getByText('It is being delivered again').waitFor()
      app.app.tick()
      await receiver.until(2)
      expect(receiver.log()).toHaveLength(2)
      expect(await page.content()).not.toContain('a=b')
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'who was about to suspend an account does not resume it by the same click, because another has suspended it meanwhile',
    async () => {
      const app = testApp()
      const { accounts } = app.app.admin
      const { id } = await accounts.create({ name: 'Acme' })
      const { page } = await openDashboard(app, `/accounts/${id}`)
      await page.getByRole('button', { name: 'Suspend' }).click()
      await accounts.update({ id, status: 'suspended' })
      // The page behind the dialog looks again every 5 s.
      await page.locator('h1 .badge', { hasText: 'suspended' }).waitFor()
      const dialog = page.getByRole('dialog', { name: 'Suspend Acme?' })
      await dialog.getByRole('button', { name: 'Suspend' }).click()
      await dialog.waitFor({ state: 'detached' })
      expect((await accounts.show({ id })).status).toBe('suspended')
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'the tasks of one account say whose they are, also where there are none, and all are a choice away',
    async () => {
      const app = testApp()
      const bearer = await app.workfunderKey('test')
      await app.workfunder('POST /tasks', { bearer, json: TASK })
      const { id } = await app.app.admin.accounts.create({ name: 'Acme' })
      const { page } = await openDashboard(app, `/tasks?account=${id}`)
      await page.getByText('No task matches').waitFor()
      const account = page.getByRole('combobox', { name: 'Account' })
      await account.locator('option', { hasText: 'Acme' }).waitFor({ state: 'attached' })
      expect(await account.inputValue()).toBe(id)
      await account.selectOption('')
      await page.getByRole('link', { name: TASK.title }).waitFor()
    },
    BROWSER_PATIENCE_MS,
  )
})
