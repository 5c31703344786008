import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../helpers/process.ts'

/** `keyward tail`, with the lines that it prints. */
function tailing(...args: string[]) {
  const child = Bun.spawn([...KEYWARD, 'tail', ...args], {
    env: { ...process.env, NO_COLOR: '1' },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  afterTest(() => {
    child.kill('SIGKILL')
    return child.exited
  })
  const decoder = new TextDecoder()
  const reader = child.stdout.getReader()
  let text = ''
  return {
    async nextLine() {
      while (!text.includes('\n')) {
        const { value, done } = await reader.read()
        if (done) throw new Error(`it has ended: ${text}`)
        text += decoder.decode(value)
      }
      const [line = '', ...rest] = text.split('\n')
      text = rest.join('\n')
      return line
    },
    async ends() {
      return { code: await child.exited, stderr: await new Response(child.stderr).text() }
    },
  }
}

test('tail shows the last requests and the next ones, and ends with 3 when the server stops', async () => {
  const folder = emptyFolder()
  const { key } = await plantedKey(folder)
  const server = await serveProcess(['--data', folder])
  const options = ['--data', folder]
  await call(server.url, 'GET /api/v1/workflows', { key })
  await call(server.url, 'GET /livez')
  await call(server.url, 'GET /api/v1/nowhere', { key })

  const tail = tailing('--path', '/api', ...options)
  expect(await tail.nextLine()).toMatch(
    /^\d\d:\d\d:\d\d {2}200 {2}GET \/api\/v1\/workflows {2}[\d.]+ms {2}CI {2}999\/1000$/,
  )
  expect(await tail.nextLine()).toMatch(/404 {2}GET \/api\/v1\/nowhere .* CI {2}998\/1000 {2}Not found$/)
  await call(server.url, 'GET /livez')
  await call(server.url, 'GET /api/v1/workflows?api_key=hidden')
  const refused = await tail.nextLine()
  expect(refused).toContain('no key was sent in x-api-key')
  expect(refused).toContain('api_key=[redacted]')
  await server.stop()
  expect(await tail.ends()).toEqual({ code: 3, stderr: 'The server has stopped.\n' })
})

test('tail --once --json prints the latest that matches, and ends', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--data', folder])
  await call(server.url, 'GET /v1/account', { headers: { 'X-Request-Id': 'first' } })
  await call(server.url, 'GET /v1/account', { headers: { 'X-Request-Id': 'second' } })
  await call(server.url, 'GET /livez')
  const options = ['--once', '--json', '--status', '4xx', '--data', folder]
  const { code, stdout, stderr } = await keyward(['tail', '--last', '1', ...options])
  expect([code, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toMatchObject({ requestId: 'second', status: 401, decision: 'missing' })
  const both = await keyward(['tail', ...options])
  const ids = both.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).requestId)
  expect(ids).toEqual(['first', 'second'])
})

test('tail --bodies shows headers and bodies as curl does; --id picks one by what its answer told', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  const json = { first: 'a\tb\u001b', password: 'hunter2' }
  const [key] = /wfk_\w+/.exec(readFileSync(join(folder, 'dev.env'), 'utf8')) ?? []
  const mine = { 'X-Mine': 'yes' }
  const asked = await call(server.url, 'POST /api/v1/workflows', { key, json, headers: mine })
  await call(server.url, 'GET /livez')
  const id = asked.headers.get('x-request-id') ?? ''
  const options = ['--id', id, '--once', '--bodies', '--data', folder]
  const { code, stdout, stderr } = await keyward(['tail', ...options])
  expect([code, stderr]).toEqual([0, ''])
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toContain('400  POST /api/v1/workflows  ')
  expect(lines).toContain('  > x-mine: yes')
  expect(lines).toContain('  > {"first":"a\\tb\\u001b","password":"[redacted]"}')
  expect(lines).toContain(`  < x-request-id: ${id}`)
  expect(lines.at(-1)).toBe(`  < ${asked.text}`)
  expect(stdout).not.toContain('hunter2')
  expect(stdout).not.toContain(key?.slice(20) ?? 'wfk_')
  const asJson = JSON.parse((await keyward(['tail', '--json', ...options])).stdout)
  expect(asJson).toMatchObject({ requestId: id, request: { headers: { 'x-mine': 'yes' } } })
  expect(asJson.response.body.text).toBe(asked.text)
  const plain = await keyward(['tail', '--json', '--once', '--id', id, '--data', folder])
  expect(Object.keys(JSON.parse(plain.stdout))).not.toContain('request')
})

test('tail --bodies of a server without --dev, or of too many at once, says what is in the way', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--data', folder])
  const none = await keyward(['tail', '--bodies', '--data', folder])
  expect([none.code, none.stderr]).toEqual([
    1,
    'error: headers and bodies are kept only by a server under --dev\n',
  ])
  await server.stop()
  await serveProcess(['--dev', '--data', folder])
  const many = await keyward(['tail', '--bodies', '--once', '--last', '21', '--data', folder])
  expect([many.code, many.stderr]).toEqual([
    1,
    'error: --last must be a whole number from 1 to 20 with bodies\n',
  ])
})

test('tail without a server says so and ends with 3; a filter that is wrong is named as it is typed', async () => {
  const folder = emptyFolder()
  const none = await keyward(['tail', '--data', folder])
  expect(none).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: no server answers on the data folder ${folder}\n`,
  })
  await serveProcess(['--data', folder])
  const wrong = await keyward(['tail', '--status', 'bad', '--data', folder])
  expect([wrong.code, wrong.stderr]).toEqual([1, 'error: --status must be a status such as 404, or 4xx\n'])
})
