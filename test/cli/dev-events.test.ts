import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { webhookReceiver } from '../helpers/webhook-receiver.ts'

async function devServer() {
  const folder = emptyFolder()
  const { url } = await serveProcess(['--dev', '--data', folder])
  const lines = readFileSync(join(folder, 'dev.env'), 'utf8').matchAll(/^export (\w+)=(\S+)$/gm)
  const env = Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value ?? '']))
  return { url, env, dev: (...words: string[]) => keyward(['dev', ...words, '--data', folder]) }
}

test('dev webhooks send tells what the receiver answered', async () => {
  const { url, env, dev } = await devServer()
  const refused = await dev('webhooks', 'send', 'task.posted')
  expect([refused.code, refused.stderr]).toEqual([
    1,
    'error: No webhook URL is configured for test: PUT /v1/account/webhook\n',
  ])
  const receiver = webhookReceiver()
  await call(url, 'PUT /v1/account/webhook', { bearer: env.WORKFUNDER_API_KEY, json: { url: receiver.url } })
  const { stdout } = await dev('webhooks', 'send', 'task.posted', '--payload', '{"id":"t1"}')
  expect(stdout).toMatch(/^Sent: task\.posted, delivery \w{32} is delivered: the receiver answered 204\.\n$/)
  expect(receiver.received.map(({ json }) => json.data)).toEqual([{ id: 't1' }])
  const wrong = await dev('webhooks', 'send', 'task.posted', '--payload', '{id:1}')
  expect([wrong.code, wrong.stderr]).toEqual([1, 'error: --payload must be JSON, or - for JSON on stdin\n'])
  expect((await dev('webhooks', 'send', 'task.post')).stderr).toMatch(/Did you mean "task\.posted"\?/)
})

test('dev inbound lets an event arrive, and dev requests shows it and makes it again', async () => {
  const { url, env, dev } = await devServer()
  const credentials = { webhookSecret: 'a secret of theirs' }
  await call(url, 'POST /api/v1/connections', {
    key: env.WORKFLOWS_API_KEY,
    json: { provider: 'stripe', credentials },
  })
  const { stdout } = await dev('inbound', 'stripe', '{"type":"invoice.paid"}')
  expect(stdout).toMatch(
    /^Arrived: request inbound-\S+ was answered 200 \{"received":true,.*"workflowsTriggered":0\}\n$/,
  )
  const [id = ''] = /inbound-[\w-]+/.exec(stdout) ?? []
  const found = await dev('requests', 'find', '--path', '/webhooks', '--wait', '5s')
  expect(found.stdout).toContain('{"type":"invoice.paid"}')
  expect(found.stdout.split('\n')[0]).toEndWith(`  ${id}`)
  const [replayed] = [JSON.parse((await dev('requests', 'replay', id, '--json')).stdout)]
  expect(replayed).toMatchObject({ status: 200, path: `/webhooks/stripe/${env.KEYWARD_ACCOUNT_ID}` })
  const edited = await dev(
    'requests',
    'replay',
    id,
    '--body',
    '{"type":"other"}',
    '--headers',
    '{"X-Own":"a"}',
  )
  expect(edited.stdout).toContain('{"type":"other"}')
  expect(edited.stdout).toContain('x-own: a')
  expect(
    JSON.parse((await dev('requests', 'find', '--after', replayed.requestId, '--json')).stdout),
  ).toHaveLength(1)
  expect((await dev('requests', 'replay', 'nothing')).stderr).toBe(
    'error: none of the last requests has this id\n',
  )
})
