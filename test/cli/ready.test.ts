import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { emptyFolder, KEYWARD, keyward } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

/** Starts a server through a shell, which opens file 3 for it. */
function started(words: string, redirection: string) {
  const [command = '', ...more] = KEYWARD
  const child = Bun.spawn(
    [
      'sh',
      '-c',
      `exec "$0" "$@" ${redirection}`,
      command,
      ...more,
      'serve',
      '--port',
      '0',
      ...words.split(' '),
    ],
    { stdout: 'pipe', stderr: 'pipe', env: { ...process.env, KEYWARD_LOG_LEVEL: 'error' } },
  )
  afterTest(() => {
    child.kill('SIGKILL')
    return child.exited
  })
  return child
}

/** Leaves the stream open: where nobody could read it any more, the server would end at its next line. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let text = ''
  while (!text.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  reader.releaseLock()
  return text
}

test('--json prints one line when the server is ready, with its address and its keys, which work', async () => {
  const folder = emptyFolder()
  const { stdout } = started(`--dev --json --data ${folder}`, '')
  const line = await firstLine(stdout)
  const { url, data, env } = JSON.parse(line)
  expect([line.split('\n').length, data]).toEqual([2, folder])
  const { status } = await call(`${url}/api/v1`, 'GET /workflows', { key: env.WORKFLOWS_API_KEY })
  expect(status).toBe(200)
  expect(readFileSync(join(folder, 'dev.env'), 'utf8')).toContain(env.WORKFUNDER_LIVE_API_KEY)
})

test('--ready-fd gets the same line and is closed, while stdout says what it always says', async () => {
  const folder = emptyFolder()
  const told = join(folder, 'ready.json')
  const { stdout } = started(`--dev --ready-fd 3 --data ${folder}/data`, `3>${told}`)
  expect(await firstLine(stdout)).toMatch(/^Keyward \S+ serves /)
  const line = () => readFileSync(told, 'utf8')
  await until(() => line().endsWith('\n'))
  const ready = JSON.parse(line())
  expect(Object.keys(ready)).toEqual(['url', 'pid', 'data', 'env'])
  expect((await call(ready.url, 'GET /livez', { isUndocumented: true })).status).toBe(200)
})

test('without --dev the ready line holds no key, whatever a dev.env says', async () => {
  const folder = emptyFolder()
  const first = started(`--dev --json --data ${folder}`, '')
  await firstLine(first.stdout)
  first.kill('SIGTERM')
  await first.exited
  const { stdout } = started(`--json --data ${folder}`, '')
  const line = await firstLine(stdout)
  expect(line).not.toMatch(/wfk_|wf_test_|wf_live_/)
  expect(JSON.parse(line).env).toEqual({})
})

test.each(['1', '77', '4', 'x', '-1', '99999999999'])(
  '--ready-fd %s is refused before anything is made',
  async (fd) => {
    const folder = emptyFolder()
    const { code, stderr } = await keyward([
      'serve',
      '--port',
      '0',
      '--data',
      `${folder}/x`,
      `--ready-fd=${fd}`,
    ])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: --ready-fd must be /)])
  },
)

test('a reader of the ready line that has gone is told of, and the server ends', async () => {
  const child = started(`--ready-fd 3 --data ${emptyFolder()}/x`, '3>/dev/full')
  expect(await new Response(child.stderr).text()).toContain('--ready-fd 3 cannot be written (ENOSPC)')
  expect(await child.exited).toBe(1)
})

test('twenty servers run side by side, each with data and keys of its own', async () => {
  const folder = emptyFolder()
  const lines = await Promise.all(
    Array.from({ length: 20 }, (_, i) => firstLine(started(`--dev --json --data ${folder}/${i}`, '').stdout)),
  )
  const readies = lines.map((line) => JSON.parse(line))
  expect(new Set(readies.map(({ url }) => url)).size).toBe(20)
  const [one, other] = readies
  const statusAt = async ({ url }: { url: string }) =>
    (await call(`${url}/api/v1`, 'GET /workflows', { key: one.env.WORKFLOWS_API_KEY })).status
  expect([await statusAt(one), await statusAt(other)]).toEqual([200, 401])
}, 180_000)
