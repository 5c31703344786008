import { defineCommand } from 'citty'
import { AppError } from '../errors.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { askServer, withAdmin } from './connect.ts'
import { pasteable } from './program.ts'
import { print, printJson, tell } from './terminal.ts'

export const dashboard = defineCommand({
  meta: {
    name: 'dashboard',
    description: 'Print a link that signs in to the dashboard of the running server',
    examples: ['keyward admin dashboard', 'keyward admin dashboard --sign-out-all'],
  },
  args: {
    'sign-out-all': { type: 'boolean', description: 'End all sessions in place of it' },
    ...adminArgs,
  },
  async run({ args }) {
    const folder = folderOf(args)
    if (args['sign-out-all']) {
      const ended = await withAdmin(folder, false, (admin) => admin.dashboard.signOutAll({}))
      if (args.json) return printJson(ended)
      return tell(`Signed out: ${ended.signedOut} ${ended.signedOut === 1 ? 'session' : 'sessions'}.`)
    }
    const link = await askServer(folder, async (admin) => {
      const { url } = await admin.server.status()
      if (url === null) throw new AppError('UNAVAILABLE', 'the server is still starting')
      return linkOf(url, await admin.dashboard.ticket({}))
    })
    if (link === 'down' || link === 'silent') {
      const serve = pasteable('keyward serve', folder)
      const why = link === 'down' ? 'no server runs on' : 'the server does not answer on'
      throw new AppError('UNAVAILABLE', `${why} ${folder.path}; the dashboard is a page of it: ${serve}`)
    }
    if (args.json) return printJson(link)
    print(link.url)
    tell('Open it in a browser within 5 minutes; it signs in once, for 12 hours.')
  },
})

// --- internal ---

/** What stands behind # is sent to no server, and so is in no log. */
function linkOf(url: string, { ticket, expiresAt }: { ticket: string; expiresAt: string }) {
  return { url: `${url}/dashboard#ticket=${ticket}`, expiresAt }
}
