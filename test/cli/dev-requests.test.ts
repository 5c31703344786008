import { expect, test } from 'bun:test'
import { requestLine } from '../../src/cli/request-line.ts'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { emptyFolder, KEYWARD, serveProcess } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'

test('serve --dev prints a line a request: whose key, what is left, and why it was refused', async () => {
  const child = Bun.spawn([...KEYWARD, 'serve', '--dev', '--port', '0', '--data', emptyFolder()], {
    stdout: 'pipe',
    stderr: 'ignore',
  })
  afterTest(() => {
    child.kill('SIGKILL')
    return child.exited
  })
  const reader = child.stdout.getReader()
  let text = ''
  async function sees(part: string) {
    while (!text.includes(part)) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`it has ended: ${text}`)
      text += new TextDecoder().decode(value)
    }
  }
  await sees('Ctrl-C')
  const [, url = ''] = /on (http:\/\/\S+:\d+)/.exec(text) ?? []
  await call(url, 'GET /v1/account?token=hidden')
  await sees('  299/300  no key was sent as Authorization: Bearer\n')
  expect(text).toContain('  401  GET /v1/account?token=[redacted]  ')
  expect(text).not.toContain('hidden')
  expect(text).not.toContain('\u001b')
})

test('a server under --dev whose lines nobody reads goes on answering', async () => {
  const server = await serveProcess(['--dev', '--data', emptyFolder()])
  // A pipe holds 64 KiB.
  const path = `/livez?n=${'x'.repeat(1900)}`
  for (let i = 0; i < 60; i++) expect((await call(server.url, `GET ${path}`)).status).toBe(200)
})

test('a line has its status painted on a terminal alone, and no control character of a client', async () => {
  const { app } = testApp()
  const exchange = app.recorder.begin(new Request('http://localhost/v1/x'))
  const text = JSON.stringify({ error: { message: 'no\u001b[2J\nsuch' } })
  app.recorder.end(exchange, new Response(text, { status: 404 }), 0, text)
  const view = { ...app.viewOf(exchange), durationMs: 0 }
  expect(requestLine(view, false)).toBe('09:00:00  404  GET /v1/x  0.0ms  no�[2J�such')
  expect(requestLine(view, true)).toContain('  \u001b[33m404\u001b[39m  GET')
})
