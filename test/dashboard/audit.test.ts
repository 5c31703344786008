import { expect, test } from 'bun:test'
import { auditEntries } from '../../src/db/schema/audit.ts'
import { BROWSER_PATIENCE_MS, describeInBrowser } from '../helpers/browser.ts'
import { openDashboard } from '../helpers/dashboard.ts'
import { testApp } from '../helpers/test-app.ts'

describeInBrowser('the audit trail of the dashboard', () => {
  test(
    'lists what was changed as it was and as it is, page after page to the first row',
    async () => {
      const app = testApp()
      const { accounts } = app.app.admin
      const { id } = await accounts.create({ name: 'First of all' })
      for (let cents = 1; cents <= 150; cents++) await accounts.credit({ id, cents })
      await accounts.update({ id, tier: 'pro' })
      const { page } = await openDashboard(app, '/audit')
      const change = page.getByRole('row').filter({ hasText: 'accounts.update' })
      await change.waitFor()
      expect(await change.locator('del').allTextContents()).toContain('free')
      expect(await change.locator('ins').allTextContents()).toContain('pro')
      await page.keyboard.press('End')
      await page.getByRole('table').getByText('First of all').waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'is verified and saved whole; a row that was altered is told of by its number',
    async () => {
      const app = testApp()
      const { accounts, audit } = app.app.admin
      const { id } = await accounts.create({ name: 'one' })
      for (let cents = 1; cents <= 600; cents++) await accounts.credit({ id, cents })
      const { page } = await openDashboard(app, '/audit')
      await page.getByRole('button', { name: 'Verify' }).click()
      const [last] = await audit.list({ limit: 1 })
      await page.getByText(`verify --noted ${last?.seq}:${last?.hash}`).waitFor()
      await page.keyboard.press('Escape')

      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Export' }).click()
      const saved = await Bun.file(await (await saving).path()).text()
      const seqs = saved
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq)
      expect(seqs).toEqual(Array.from({ length: last?.seq ?? 0 }, (_, index) => index + 1))

      app.db.update(auditEntries).set({ subject: 'another' }).run()
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByRole('alert').filter({ hasText: 'row 1 was altered' }).waitFor()
      expect(await page.getByText('The audit trail is whole').count()).toBe(0)
    },
    BROWSER_PATIENCE_MS,
  )
})
