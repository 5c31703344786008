import { operator } from '../../src/audit/actor.ts'
import { newPage, type OpenPage } from './browser.ts'
import { call } from './call.ts'
import type { TestApp } from './test-app.ts'

/** The link that `keyward admin dashboard` prints. */
export async function dashboardLink({ app, url }: TestApp): Promise<string> {
  const { ticket } = await app.adminFor(operator('olivia', 'socket')).dashboard.ticket({})
  return `${url}/dashboard#ticket=${ticket}`
}

/** Opens a view with a session that is there already: openDashboard(app, '/keys'). */
export async function openDashboard(app: TestApp, view: string, width = 1280): Promise<OpenPage> {
  const opened = await newPage({ viewport: { width, height: 900 } })
  const ticket = (await dashboardLink(app)).split('#ticket=')[1]
  const { headers } = await call(app.url, 'POST /dashboard/session', { json: { ticket } })
  const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(headers.get('set-cookie') ?? '') ?? []
  await opened.page.context().addCookies([{ name, value, url: `${app.url}/dashboard`, httpOnly: true }])
  await opened.page.goto(`${app.url}/dashboard${view}`)
  return opened
}
