import { expect, test } from 'bun:test'
import { BROWSER_PATIENCE_MS, describeInBrowser, newPage } from '../helpers/browser.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

describeInBrowser('the server as people run it', () => {
  test(
    'is signed in to by its link, and a key is made, used, watched, refused, explained and revoked by keyboard alone',
    async () => {
      const folder = emptyFolder()
      const { url } = await serveProcess(['--data', folder])
      const link = (await keyward(['admin', 'dashboard', '--data', folder])).stdout.trim()
      const { page, asked, complaints } = await newPage()
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      const asks = async (key: string, path: string) =>
        (await fetch(`${url}/api/v1${path}`, { headers: { 'x-api-key': key } })).status

      await page.goto(link)
      await page.getByRole('heading', { name: 'Keys' }).waitFor()
      await press('?')
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
      await press('Escape', 'g', 'a')
      await page.getByRole('heading', { name: 'Accounts' }).waitFor()
      await press('g', 'k')
      await page.getByRole('heading', { name: 'Keys' }).waitFor()
      await press('c')
      await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).waitFor()
      await page.keyboard.type('Watched')
      await press('Enter')
      await page.getByText('Copy it now').waitFor()
      const secret = (await page.getByRole('dialog').locator('pre').first().textContent()) ?? ''
      await press('Escape')

      expect(await asks(secret, '/workflows')).toBe(200)
      await page.getByRole('link', { name: 'Watched' }).focus()
      await press('Enter')
      await page.getByText('1 of 1000').waitFor()
      expect(await asks(secret, '/workflows/none')).toBe(404)
      await page.getByText('2 of 1000').waitFor()

      await page.getByRole('button', { name: 'Revoke' }).focus()
      await press('Enter')
      await page.getByRole('dialog').getByRole('textbox').focus()
      await page.keyboard.type('Watched')
      await press('Enter')
      await page.getByRole('heading', { name: 'Watched revoked' }).waitFor()
      expect(await asks(secret, '/workflows')).toBe(401)
      await press('g', 'r')
      await page.getByRole('heading', { name: 'Requests' }).waitFor()
      await page.getByRole('table').getByText('401').first().waitFor()
      await page.getByRole('table').getByText('revoked').first().waitFor()

      await page.goBack()
      await page.getByRole('heading', { name: 'Watched revoked' }).waitFor()
      await page.goForward()
      await page.getByRole('heading', { name: 'Requests' }).waitFor()
      expect(asked.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith('data:'))).toEqual([])
      expect(await page.content()).not.toContain(secret)
      expect(complaints.filter((one) => !one.includes('404'))).toEqual([])
    },
    BROWSER_PATIENCE_MS,
  )
})
