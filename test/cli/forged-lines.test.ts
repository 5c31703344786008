import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from '../../src/cli/report.ts'
import { AppError } from '../../src/errors.ts'
import { call } from '../helpers/call.ts'
import { commandHere } from '../helpers/command-here.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { TASK } from '../helpers/portal-app.ts'
import { emptyFolder, serveProcess } from '../helpers/process.ts'

/** What a client may call a task: each part of it begins a line, or writes it the other way round. */
const FORGED = 'Photo\nSTATUS  completed\rSTATUS  completed\u2028STATUS  completed\tx\u202Eevil'
const SHOWN = 'Photo�STATUS  completed�STATUS  completed�STATUS  completed�x�evil'

test('what clients have stored stays on the line of its field, whatever command shows it', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  const env = readFileSync(join(folder, 'dev.env'), 'utf8')
  const [bearer = ''] = /wf_test_\w+/.exec(env) ?? []
  const [key = ''] = /wfk_\w+/.exec(env) ?? []
  const v1 = async (line: string, json: unknown) =>
    (await call(`${server.url}/v1`, line, { bearer, json })).json
  const unworked = { ...TASK, title: FORGED, metadata: { simulate: 'no_worker' } }
  const { id: stuck } = await v1('POST /tasks', unworked)
  const { id: task } = await v1('POST /tasks', unworked)
  await v1(`POST /tasks/${task}/simulate`, { to: 'completed' })
  await v1(`POST /tasks/${task}/dispute`, { reason: FORGED })
  const steps = [{ id: 'wait', type: 'wait', config: { duration: 1 } }]
  const made = { name: 'Bills', description: FORGED, trigger: { type: 'api' }, steps }
  const workflow = (await call(`${server.url}/api/v1`, 'POST /workflows', { key, json: made })).json.data

  const shown = [
    ['tasks', 'show', task, `TITLE           ${SHOWN}`],
    ['tasks', 'show', task, `REASON          ${SHOWN}`],
    ['disputes', 'show', task, `TASK            ${SHOWN} (${task}), disputed`],
    ['workflows', 'show', workflow.id, `DESCRIPTION  ${SHOWN}`],
    ['tasks', 'cancel', stuck, `Cancelled: task "${SHOWN}" is refunded.`],
    [
      'disputes',
      'resolve',
      task,
      '--for',
      'worker',
      `Resolved for the worker: task "${SHOWN}" is completed.`,
    ],
  ]
  for (const words of shown) {
    const { stdout } = await commandHere(['admin', ...words.slice(0, -1)], folder)
    expect(stdout.split('\n')).toContain(words.at(-1) ?? '')
  }
  const { stdout } = await commandHere(['admin', 'tasks', 'show', task, '--json'], folder)
  expect(stdout).not.toMatch(/[\u2028\u202E]/)
  expect(JSON.parse(stdout).title).toBe(FORGED)
}, 60_000)

test('an error that repeats what was typed or stored is one line', async () => {
  const { told } = await loggedDuring(() => report(new AppError('NOT_FOUND', `no ${FORGED}`), []))
  expect(told).toEqual([`error: no ${SHOWN}`])
})
