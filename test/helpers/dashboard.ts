import { operator } from '../../src/audit/actor.ts'
import { newPage, type OpenPage } from './browser.ts'
import type { TestApp } from './test-app.ts'

/** The link that `keyward admin dashboard` prints. */
export async function dashboardLink({ app, url }: TestApp): Promise<string> {
  const { ticket } = await app.adminFor(operator('olivia', 'socket')).dashboard.ticket({})
  return `${url}/dashboard#ticket=${ticket}`
}

/** Signs in by a link, and opens a view: openDashboard(app, '/keys'). */
export async function openDashboard(app: TestApp, view: string, width = 1280): Promise<OpenPage> {
  const opened = await newPage({ viewport: { width, height: 900 } })
  await opened.page.goto(await dashboardLink(app))
  await opened.page.getByRole('navigation').waitFor()
  await opened.page.goto(`${app.url}/dashboard${view}`)
  return opened
}
