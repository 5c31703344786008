import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'
import type { LooseStep } from '../helpers/workflow-app.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
type Wire = any

const ASK: LooseStep = { id: 'ask', type: 'approval', config: { title: 'Pay?', approvers: ['kim', 'lee'] } }
const LEGAL: LooseStep = { id: 'legal', type: 'approval', config: { timeout: '2h' } }
const BOTH: LooseStep = { id: 'both', type: 'parallel', config: { branches: ['ask', 'legal'] } }

/** A data folder with a server on it, and runs of a workflow that wait for approval. */
async function suspendedRuns(count: number, steps: readonly LooseStep[] = [ASK]) {
  const folder = emptyFolder()
  const run = (...line: string[]) => keyward(['admin', ...line, '--data', folder])
  const { key } = await plantedKey(folder)
  let server = await serveProcess(['--data', folder])
  const api = async (line: string, json?: unknown): Promise<Wire> =>
    (await call(`${server.url}/api/v1`, line, { key, json })).json.data
  const { id: workflowId } = await api('POST /workflows', { name: 'W', trigger: { type: 'api' }, steps })
  await api(`POST /workflows/${workflowId}/activate`)
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    ids.push((await api(`POST /workflows/${workflowId}/run`, { mode: 'sync' })).runId)
  }
  return {
    run,
    api,
    ids,
    workflowId,
    stop: () => server.stop(),
    async startAgain() {
      server = await serveProcess(['--data', folder])
    },
    /** The run, once it is over. */
    async ended(id: string): Promise<Wire> {
      // Read from the file: requests until then would be counted by the key's limit.
      const db = openClient(join(folder, 'keyward.db'))
      const completedAt = db
        .prepare<[string], number | null>('select completed_at from runs where id = ?')
        .pluck()
      await until(() => completedAt.get(id) !== null)
      db.close()
      return api(`GET /runs/${id}`)
    },
  }
}

/** A line of a table, its columns apart. */
const columns = (line: string | undefined) => line?.split(/ {2,}/)

test('with the server up, runs are listed with what they wait for, and decided on', async () => {
  const { run, ids, workflowId, ended } = await suspendedRuns(2)
  const [first = '', second = ''] = ids
  const listed = await run('runs', 'list')
  expect([listed.code, listed.stderr]).toEqual([0, ''])
  const lines = listed.stdout.trimEnd().split('\n').map(columns)
  const row = [
    'suspended',
    'api',
    'ask (kim, lee)',
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
  ]
  expect(lines).toEqual([
    ['ID', 'WORKFLOW', 'STATUS', 'TRIGGER', 'WAITS FOR', 'CREATED'],
    [second, workflowId, ...row],
    [first, workflowId, ...row],
  ])

  const approved = await run('runs', 'approve', first, '--by', 'kim', '--comment', 'fine')
  expect([approved.code, approved.stdout, approved.stderr]).toEqual([
    0,
    `Approved: run ${first} goes on.\n`,
    '',
  ])
  expect((await ended(first)).output).toMatchObject({ approved: true, approvedBy: 'kim', comment: 'fine' })
  const rejected = await run('runs', 'reject', second, '--json')
  expect([rejected.code, rejected.stderr]).toEqual([0, ''])
  expect(JSON.parse(rejected.stdout)).toMatchObject({ id: second, status: 'running', approvals: [] })
  const { output } = await ended(second)
  expect(output).toEqual({ approved: false, approvedBy: 'operator', approvedAt: expect.any(String) })

  const completed = JSON.parse((await run('runs', 'list', '--status', 'completed', '--json')).stdout)
  expect(completed.map(({ id }: Wire) => id)).toEqual([second, first])
  const none = await run('runs', 'list', '--status', 'suspended')
  expect([none.code, none.stdout, none.stderr]).toEqual([0, '', 'No runs.\n'])
})

test('with the server down, what was decided is carried on by the next one', async () => {
  const { run, ids, stop, startAgain, ended } = await suspendedRuns(1, [BOTH, ASK, LEGAL])
  const [id = ''] = ids
  await stop()
  const [shown] = JSON.parse((await run('runs', 'list', '--json')).stdout)
  expect(shown).toMatchObject({
    id,
    status: 'suspended',
    triggerType: 'api',
    error: null,
    completedAt: null,
    approvals: [
      { stepId: 'ask', title: 'Pay?', approvers: ['kim', 'lee'], expiresAt: expect.any(String) },
      { stepId: 'legal', title: null, approvers: [], expiresAt: expect.any(String) },
    ],
  })
  const unnamed = await run('runs', 'approve', id)
  expect([unnamed.code, unnamed.stdout, unnamed.stderr]).toEqual([
    ...[
      1,
      '',
      'error: Several approvals are open; name one of the steps ask, legal\nerror: --step must be one of ask, legal\n',
    ],
  ])
  const one = await run('runs', 'approve', id, '--step', 'legal')
  expect(one.stdout).toBe(`Approved: run ${id} goes on when its other approvals are in.\n`)
  const other = await run('runs', 'reject', id)
  expect(other.stdout).toBe(`Rejected: run ${id} goes on.\n`)
  const again = await run('runs', 'approve', id, '--step', 'ask')
  expect([again.code, again.stdout, again.stderr]).toEqual([
    ...[1, '', 'error: Run is running: no approval is open at step ask\n'],
  ])
  await startAgain()
  const { status, output } = await ended(id)
  expect([status, output.results]).toMatchObject(['completed', [{ approved: false }, { approved: true }]])
})

describe('what is refused, in one line on stderr and with nothing on stdout', () => {
  test.each([
    [2, 'no command', ['runs'], 'a command is missing. Try: keyward admin runs --help'],
    [2, 'a command that is none', ['runs', 'aprove'], 'unknown command "aprove". Did you mean "approve"?'],
    [2, 'no run', ['runs', 'approve'], 'ID is missing'],
    [
      2,
      'a flag that is none',
      ['runs', 'reject', 'id', '--coment', 'x'],
      'unknown flag --coment. Did you mean',
    ],
    [1, 'a run that is not there', ['runs', 'approve', 'nobody'], 'Run not found'],
    [1, 'nobody’s name', ['runs', 'approve', 'id', '--by', ''], '--by must have 1 to 255 characters'],
    [
      1,
      'a long comment',
      ['runs', 'reject', 'id', '--comment', 'x'.repeat(2001)],
      '--comment must be at most 2000',
    ],
    [
      1,
      'no status',
      ['runs', 'list', '--status', 'done'],
      '--status must be one of pending, running, suspended',
    ],
  ])('%d: %s', async (code, _, words, message) => {
    const folder = emptyFolder()
    await keyward(['admin', 'accounts', 'create', '--name', 'A', '--data', folder])
    const result = await keyward(['admin', ...words, '--data', folder])
    expect([result.code, result.stdout]).toEqual([code, ''])
    expect(result.stderr).toStartWith(`error: ${message}`)
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('1: a folder without data', async () => {
    const { code, stderr } = await keyward(['admin', 'runs', 'list', '--data', emptyFolder()])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: there is no Keyward data in /)])
  })
})
