import { describe, expect, test } from 'bun:test'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { served } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

const DAY_MS = 86_400_000

const clock = (folder: string, ...words: string[]) => keyward(['dev', 'clock', ...words, '--data', folder])

/** How far the clock of the server that runs on a folder is ahead of ours, in days. */
async function daysAhead(folder: string): Promise<number> {
  const { now } = JSON.parse((await clock(folder, 'show', '--json')).stdout)
  return Math.round((Date.parse(now) - Date.now()) / DAY_MS)
}

test('dev clock freezes, resumes and advances the time of the server that runs on the folder', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  expect((await clock(folder, 'freeze')).stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, frozen\n$/)
  const frozen = (await call(server.url, 'GET /_dev/clock')).json
  expect(frozen.frozen).toBe(true)
  expect(JSON.parse((await clock(folder, 'show', '--json')).stdout)).toEqual(frozen)
  expect(JSON.parse((await clock(folder, 'resume', '--json')).stdout).frozen).toBe(false)
  const advanced = JSON.parse((await clock(folder, 'advance', '400d', '--json')).stdout)
  expect(advanced).toMatchObject({ remaining: 0, stopped: null })
  const months = advanced.fired.filter(({ kind }: { kind: string }) => kind === 'account.monthBegan')
  expect(months.length).toBeWithin(13, 15)
  expect((await clock(folder, 'advance', '40d')).stdout).toMatch(/^\d{4}-.*Z\n[12] account\.monthBegan\n$/)
  expect(await daysAhead(folder)).toBe(440)
})

test('dev clock advance refuses what is no time, and names where it stands', async () => {
  const folder = emptyFolder()
  await serveProcess(['--dev', '--data', folder])
  const refused = await clock(folder, 'advance', 'soon')
  expect([refused.code, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toStartWith('error: TIME must be a duration such as 31d, 12h or 90s')
  const past = await clock(folder, 'advance', '2001-01-01T00:00:00Z')
  expect(past.stderr).toStartWith('error: TIME must not be past')
  expect((await clock(folder, 'advance')).code).toBe(2)
})

test('dev without a server says so and ends with 3; with one that is not for development it is refused', async () => {
  const folder = emptyFolder()
  expect(await clock(folder, 'show')).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: no server answers on the data folder ${folder}\n`,
  })
  await serveProcess(['--data', folder])
  const { code, stderr } = await clock(folder, 'freeze')
  expect([code, stderr]).toEqual([1, 'error: the server does not run under --dev\n'])
})

describe('how far the clock was driven is kept with the data:', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'the next server goes on from there, after %s',
    async (signal) => {
      const folder = emptyFolder()
      const first = await serveProcess(['--dev', '--data', folder])
      await clock(folder, 'advance', '100d')
      await first.stop(signal)
      const second = await serveProcess(['--dev', '--data', folder])
      expect(await daysAhead(folder)).toBe(100)
      await clock(folder, 'freeze')
      await second.stop(signal)
      await serveProcess(['--dev', '--data', folder])
      expect(JSON.parse((await clock(folder, 'show', '--json')).stdout).frozen).toBe(true)
    },
  )

  test('commands without a server go by it, so that no key is good again', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--dev', '--data', folder])
    const create = [
      'admin',
      'keys',
      'create',
      '--api',
      'workflows',
      '--name',
      'short',
      '--expires',
      '30d',
      '--json',
    ]
    const { id } = JSON.parse((await keyward([...create, '--data', folder])).stdout)
    await clock(folder, 'advance', '31d')
    await server.stop()
    const shown = await keyward(['admin', 'keys', 'show', id, '--json', '--data', folder])
    expect(JSON.parse(shown.stdout).status).toBe('expired')
    const status = await keyward(['status', '--json', '--data', folder])
    expect(JSON.parse(status.stdout).counts.keys).toBe(7)
  })

  test('a server in earnest refuses data that are ahead of the host’s time, and says what to do', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--dev', '--data', folder])
    await clock(folder, 'advance', '31d')
    await server.stop()
    const { code, stderr } = await keyward(['serve', '--port', '0', '--data', folder])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /the clock of .* was driven 3[01] d .*ahead: serve it with --dev, or serve another data folder/,
    )
  })
})

test('SIGTERM ends an advance that waits for something, within the seconds that a stop has', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  const { url, seen } = served(() => new Promise<Response>(() => undefined))
  const env = await Bun.file(`${folder}/dev.env`).text()
  const key = /WORKFLOWS_API_KEY=(\w+)/.exec(env)?.[1]
  const api = (line: string, json?: unknown) => call(`${server.url}/api/v1`, line, { key, json })
  const steps = [{ id: 'call', type: 'api', config: { url } }]
  const trigger = { type: 'schedule', cron: '0 6 * * *' }
  const { id } = (await api('POST /workflows', { name: 'Daily', trigger, steps })).json.data
  await api(`POST /workflows/${id}/activate`)
  const advancing = call(server.url, 'POST /_dev/clock/advance', { json: { by: '2d' } })
  await until(() => seen.length > 0)
  const stopped = server.stop()
  expect((await advancing).json).toMatchObject({ stopped: 'underWay' })
  expect((await stopped).code).toBe(0)
})
