import { expect, test } from 'bun:test'
import { BROWSER_PATIENCE_MS, describeInBrowser, newPage } from '../helpers/browser.ts'
import { dashboardLink } from '../helpers/dashboard.ts'
import { served } from '../helpers/served.ts'
import { testApp } from '../helpers/test-app.ts'

/** What a page may try against a server that its visitor is signed in to. Each outcome is what the page could find out. */
function attacks(target: string, keyId: string): string {
  const body = JSON.stringify({ id: keyId })
  return `<!doctype html><title>hostile</title><body>
    <iframe id="frame" src="${target}/dashboard/keys"></iframe>
    <iframe name="sink"></iframe>
    <form id="form" target="sink" method="post" enctype="text/plain" action="${target}/dashboard/call/keys.revoke">
      <input name='{"id":"${keyId}","x":"' value='"}'>
    </form>
    <script type="module">
      const told = {}
      const read = (name, work) => work().then((text) => { told[name] = text }, (error) => { told[name] = 'nothing' })
      const post = (options) => async () => {
        const response = await fetch('${target}/dashboard/call/keys.revoke', { method: 'POST', credentials: 'include', ...options })
        return response.text()
      }
      await read('session', async () => (await fetch('${target}/dashboard/session', { credentials: 'include' })).text())
      await read('simple', post({ mode: 'no-cors', body: '${body}' }))
      await read('json', post({ headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': 'x' }, body: '${body}' }))
      await read('stream', () => new Promise((resolve, reject) => {
        const source = new EventSource('${target}/dashboard/follow', { withCredentials: true })
        source.onmessage = ({ data }) => resolve(data)
        source.onerror = () => { source.close(); reject() }
      }))
      await read('script', () => new Promise((resolve, reject) => {
        const script = document.createElement('script')
        script.src = '${target}/dashboard/session'
        script.onload = () => resolve('loaded')
        script.onerror = reject
        document.head.append(script)
      }))
      document.getElementById('form').submit()
      document.querySelector('[name=sink]').onload = () => { told.form = 'sent'; window.told = told }
    </script>`
}

describeInBrowser('a page from elsewhere', () => {
  /** On another port of the same name cookies go along: they are of the same site. */
  test.each([
    ['of the same site', 'localhost', false],
    ['of another site', '127.0.0.1', false],
    ['of the same site, under --dev', 'localhost', true],
    ['of another site, under --dev', '127.0.0.1', true],
  ])(
    '%s can neither make the dashboard of its visitor act, nor read it, nor frame it',
    async (_, host, isDev) => {
      const app = testApp({ isDev })
      await app.workflowsKey()
      const [key] = await app.app.admin.keys.list({})
      const { page } = await newPage()
      await page.goto(await dashboardLink(app))
      await page.getByRole('navigation', { name: 'Views' }).waitFor()
      const hostile = served(
        () => new Response(attacks(app.url, key?.id ?? ''), { headers: { 'Content-Type': 'text/html' } }),
      )
      const before = await app.app.admin.audit.list({})
      await page.goto(`http://${host}:${hostile.port}/`)
      await page.waitForFunction('window.told !== undefined')
      const told = await page.evaluate('window.told')
      expect(told).toEqual({
        session: 'nothing',
        // Sent without a way to read what was answered.
        simple: '',
        json: 'nothing',
        stream: 'nothing',
        script: 'nothing',
        form: 'sent',
      })
      const shown = await Promise.all(page.frames().map((frame) => frame.content()))
      expect(shown).toHaveLength(3)
      expect(shown.join('')).not.toContain('id="page"')
      expect((await app.app.admin.keys.show({ key: key?.id ?? '' })).status).toBe('active')
      expect(await app.app.admin.audit.list({})).toEqual(before)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'under a name that was pointed at this machine is told nothing, under --dev too',
    async () => {
      const app = testApp({ isDev: true })
      const { port } = new URL(app.url)
      const { page } = await newPage()
      // What a rebound name does: the browser believes it talks to evil.example, and talks to us.
      await page.route(`http://evil.example:${port}/**`, async (route) => {
        const { pathname } = new URL(route.request().url())
        const answer = await fetch(app.url + pathname, { headers: { Host: `evil.example:${port}` } })
        await route.fulfill({ status: answer.status, body: await answer.text() })
      })
      for (const path of ['/dashboard', '/dashboard/session', '/dashboard/follow']) {
        const response = await page.goto(`http://evil.example:${port}${path}`)
        expect(response?.status()).toBe(403)
      }
    },
    BROWSER_PATIENCE_MS,
  )
})

describeInBrowser('a link', () => {
  test(
    'may stand on any page: who follows it there signs in',
    async () => {
      const app = testApp()
      const link = await dashboardLink(app)
      const elsewhere = served(
        () => new Response(`<a href="${link}">In</a>`, { headers: { 'Content-Type': 'text/html' } }),
      )
      const { page } = await newPage()
      await page.goto(`http://127.0.0.1:${elsewhere.port}/`)
      await page.getByText('In').click()
      await page.getByRole('navigation', { name: 'Views' }).waitFor()
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'leaves the address as soon as it is used, and opens nothing in another browser',
    async () => {
      const app = testApp()
      const link = await dashboardLink(app)
      const first = await newPage()
      await first.page.goto(link)
      await first.page.getByRole('navigation', { name: 'Views' }).waitFor()
      expect(first.page.url()).not.toContain('ticket')
      expect(first.asked.join(' ')).not.toContain(link.split('=')[1] ?? '')
      const other = await newPage()
      await other.page.goto(link)
      await other.page.getByRole('alert').waitFor()
      expect(await other.page.getByRole('alert').textContent()).toContain('was used already')
      expect(await other.page.getByRole('navigation').count()).toBe(0)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'signs in also in the tab that shows the page to sign in already, and leaves the address there too',
    async () => {
      const app = testApp()
      const { page, asked } = await newPage()
      await page.goto(`${app.url}/dashboard`)
      await page.getByText('keyward admin dashboard').waitFor()
      const link = await dashboardLink(app)
      const loaded = asked.length
      // Only what stands behind # is another: a browser loads no page.
      await page.goto(link)
      await page.getByRole('navigation', { name: 'Views' }).waitFor()
      expect(page.url()).toBe(`${app.url}/dashboard`)
      expect(asked.slice(loaded).join(' ')).not.toContain(link.split('=')[1] ?? '')
      await page.goto(link)
      await page.getByRole('status').filter({ hasText: 'was used already' }).waitFor()
      expect(await page.getByRole('navigation', { name: 'Views' }).count()).toBe(1)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'signs in until the page is signed out, and then asks for another',
    async () => {
      const app = testApp()
      const { page } = await newPage()
      await page.goto(await dashboardLink(app))
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByText('keyward admin dashboard').waitFor()
      await page.reload()
      await page.getByText('keyward admin dashboard').waitFor()
      expect(await page.getByRole('navigation').count()).toBe(0)
    },
    BROWSER_PATIENCE_MS,
  )

  test(
    'whose session could not be ended, because the server does not answer, is told so and stays in',
    async () => {
      const app = testApp()
      const { page } = await newPage()
      await page.goto(await dashboardLink(app))
      await page.getByRole('button', { name: 'Sign out' }).waitFor()
      await app.close()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page
        .getByRole('status')
        .filter({ hasText: 'Not signed out: The server does not answer' })
        .waitFor()
      expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(1)
    },
    BROWSER_PATIENCE_MS,
  )
})
