import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../helpers/call.ts'
import { TASK } from '../helpers/portal-app.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const FAIL = { id: 'mail', type: 'email', config: {} }
const CHECK = { id: 'check', type: 'condition', config: { expression: 'input.n > 1', then: ['mail'] } }

/** A server under --dev, with a workflow that has a failed run. */
async function served() {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  const admin = (...line: string[]) => keyward(['admin', ...line, '--data', folder])
  const env = readFileSync(join(folder, 'dev.env'), 'utf8')
  const [key = ''] = /wfk_\w+/.exec(env) ?? []
  const [bearer = ''] = /wf_test_\w+/.exec(env) ?? []
  const api = async (line: string, json?: unknown) =>
    (await call(`${server.url}/api/v1`, line, { key, json })).json.data
  const made = { name: 'Bills', trigger: { type: 'api' }, steps: [CHECK, FAIL] }
  const { id: workflowId } = await api('POST /workflows', made)
  await api(`POST /workflows/${workflowId}/activate`)
  const { runId } = await api(`POST /workflows/${workflowId}/run`, { mode: 'sync', input: { n: 2 } })
  const statusOf = async (id: string) => (await api(`GET /runs/${id}`)).status
  return { server, admin, bearer, workflowId: workflowId as string, runId: runId as string, api, statusOf }
}

/** A line of a table, its columns apart. */
const columns = (line: string) => line.split(/ {2,}/)

test('workflows are listed and shown, and failed runs begun once more, while a server runs', async () => {
  const { server, admin, workflowId, runId, api, statusOf } = await served()
  const list = await admin('workflows', 'list', '--search', 'bill')
  const lines = list.stdout.trimEnd().split('\n').map(columns)
  expect(lines[0]).toEqual(['ID', 'NAME', 'STATUS', 'TRIGGER', 'STEPS', 'LAST RUN', 'ACCOUNT'])
  expect(lines[1]?.slice(0, 5)).toEqual([workflowId, 'Bills', 'active', 'api', '2'])
  expect(lines[1]?.[5]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, failed$/)
  const none = await admin('workflows', 'list', '--search', 'none')
  expect([none.code, none.stdout, none.stderr]).toEqual([0, '', 'No workflows.\n'])

  const show = await admin('workflows', 'show', workflowId)
  const [fields = '', steps = ''] = show.stdout.trimEnd().split('\n\n')
  expect(fields).toMatch(/^NAME +Bills$/m)
  expect(steps.split('\n').map(columns)).toEqual([
    ['STEP', 'TYPE', 'INSIDE', 'AFTER'],
    ['check', 'condition', '-', '-'],
    ['mail', 'email', '-', 'check is true'],
  ])

  const retried = await admin('runs', 'retry', runId)
  expect([retried.code, retried.stdout]).toEqual([0, `Begun once more: run ${runId}.\n`])
  await until(async () => (await statusOf(runId)) === 'failed')
  expect((await api(`GET /runs/${runId}`)).attempt).toBe(2)
  const restarted = await admin('runs', 'restart', runId, '--input', '{"n":1}', '--json')
  const { id } = JSON.parse(restarted.stdout)
  await until(async () => (await statusOf(id)) === 'completed')
  for (const [words, message] of [
    [['restart', runId, '--input', '[]'], 'input must be a JSON object'],
    [['restart', runId, '--from-step', 'none'], 'must be one of check, mail'],
    [['retry', id], 'only a failed or timed_out run can be retried'],
    [['retry', 'none'], 'Run not found'],
  ] as const) {
    const refused = await admin('runs', ...words)
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toContain(message)
  }

  await server.stop()
  for (const verb of ['retry', 'restart']) {
    const refused = await admin('runs', verb, runId)
    expect([refused.code, refused.stdout]).toEqual([3, ''])
    expect(refused.stderr).toContain('no server answers on the data folder')
  }
  expect((await admin('workflows', 'list')).stdout).toContain('Bills')
}, 120_000)

test('deliveries are listed and sent again, with the server up or down', async () => {
  const { server, admin, bearer } = await served()
  const v1 = (line: string, json: unknown) => call(`${server.url}/v1`, line, { bearer, json })
  await v1('PUT /account/webhook', { url: `${server.url}/nowhere`, events: ['task.created'] })
  const { id: task } = (await v1('POST /tasks', TASK)).json
  const listed = async () => JSON.parse((await admin('deliveries', 'list', '--task', task, '--json')).stdout)
  await until(async () => (await listed())[0]?.attempts === 1)
  const [{ id }] = await listed()
  const shown = await admin('deliveries', 'list')
  const lines = shown.stdout.trimEnd().split('\n').map(columns)
  expect(lines[0]?.slice(0, 5)).toEqual(['ID', 'EVENT', 'STATUS', 'ATTEMPTS', 'LAST ANSWER'])
  expect(lines[1]?.slice(0, 5)).toEqual([id, 'task.created', 'pending', '1', 'the receiver answered 404'])
  expect(shown.stdout).not.toContain('nowhere')

  const sent = await admin('deliveries', 'redeliver', id)
  expect([sent.code, sent.stdout]).toEqual([0, `Due: task.created of task ${task}.\n`])
  await until(async () => (await listed())[0]?.attempts === 2)
  await server.stop()
  expect((await admin('deliveries', 'redeliver', id)).code).toBe(0)
  const none = await admin('deliveries', 'redeliver', 'none')
  expect([none.code, none.stdout]).toEqual([1, ''])
  expect(none.stderr).toContain('Webhook delivery not found')
}, 120_000)
