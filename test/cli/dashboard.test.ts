import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

const dashboard = (folder: string, ...flags: string[]) =>
  keyward(['admin', 'dashboard', '--data', folder, ...flags])

async function cookieBy(url: string, link: string): Promise<string> {
  const [, ticket] = link.trim().split('#ticket=')
  const { headers } = await call(url, 'POST /dashboard/session', { json: { ticket } })
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

const statusWith = async (url: string, Cookie: string) =>
  (await call(url, 'GET /dashboard/session', { headers: { Cookie } })).status

describe('admin dashboard', () => {
  test('prints a link alone on stdout, which signs in once, and how long it is good on stderr', async () => {
    const folder = emptyFolder()
    const { url } = await serveProcess(['--data', folder])
    const { code, stdout, stderr } = await dashboard(folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${url}/dashboard#ticket=[\\w-]{43}\n$`))
    expect(stderr).toContain('5 minutes')
    expect(await statusWith(url, await cookieBy(url, stdout))).toBe(200)
    expect(await cookieBy(url, stdout)).toBe('')
  })

  test('ends all sessions with --sign-out-all, with the server up or down, and says how many', async () => {
    const folder = emptyFolder()
    const first = await serveProcess(['--data', folder])
    const cookie = await cookieBy(first.url, (await dashboard(folder)).stdout)
    const ended = await dashboard(folder, '--sign-out-all', '--json')
    expect(JSON.parse(ended.stdout)).toEqual({ signedOut: 1 })
    expect(await statusWith(first.url, cookie)).toBe(401)
    const other = await cookieBy(first.url, (await dashboard(folder)).stdout)
    await first.stop()
    expect((await dashboard(folder, '--sign-out-all')).stderr).toContain('Signed out: 1 session.')
    const second = await serveProcess(['--data', folder])
    expect(await statusWith(second.url, other)).toBe(401)
  })

  test('is refused where no server runs, with the command that starts one', async () => {
    const folder = emptyFolder()
    const { code, stdout, stderr } = await dashboard(folder)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(`serve --data ${folder}`)
  })
})

describe('a session', () => {
  test('outlives a restart, unless the server is told to end all of them', async () => {
    const folder = emptyFolder()
    const first = await serveProcess(['--data', folder])
    const cookie = await cookieBy(first.url, (await dashboard(folder)).stdout)
    await first.stop()
    const second = await serveProcess(['--data', folder])
    expect(await statusWith(second.url, cookie)).toBe(200)
    await second.stop()
    const third = await serveProcess(['--data', folder, '--sign-out-dashboard'])
    expect(await statusWith(third.url, cookie)).toBe(401)
  })

  test('and its link are in no log', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder, '--access-log'], { KEYWARD_LOG_LEVEL: 'info' })
    const { stdout } = await dashboard(folder)
    const cookie = await cookieBy(server.url, stdout)
    await statusWith(server.url, cookie)
    const { stderr } = await server.stop()
    expect(stderr).toContain('dashboard.signIn')
    const secrets = [stdout.trim().split('#ticket=')[1] ?? '', cookie.split('=')[1] ?? '']
    for (const secret of secrets) {
      expect(secret).not.toBe('')
      expect(stderr).not.toContain(secret)
      expect(readFileSync(join(folder, 'keyward.db'), 'latin1')).not.toContain(secret)
    }
  })
})
