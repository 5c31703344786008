import { describe, expect, test } from 'bun:test'
import { REQUESTS_OF_ONE_AT_ONCE } from '../../../src/workflows/steps/api-request.ts'
import { hanging } from '../../helpers/hanging.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

/** An account of its own, with a workflow of one step that is ready to run. */
async function neighbour(
  { app, workflows, workflowsKey }: WorkflowApp,
  name: string,
  step: LooseStep | LooseStep[],
) {
  const key = await workflowsKey(undefined, (await app.admin.accounts.create({ name })).id)
  const send = (line: string, json?: object) => workflows(line, { key, json })
  const definition = { name, trigger: { type: 'api' }, steps: [step].flat() }
  const { id } = (await send('POST /workflows', definition)).json.data
  await send(`POST /workflows/${id}/activate`)
  const run = async (body: object) => (await send(`POST /workflows/${id}/run`, body)).json.data
  return {
    /** Starts so many runs. */
    start: (count: number) => Promise.all(Array.from({ length: count }, () => run({}))),
    /** Runs it to its end. @returns how it ended. */
    run: () => run({ mode: 'sync' }),
  }
}

const ECHO = { id: 'echo', type: 'transform', config: { mapping: { a: 1 } } }

test('an account’s run ends while another has more requests under way than it may, which nobody answers', async () => {
  const app = await workflowApp()
  const server = hanging()
  const busy = await app.workflow([{ id: 'call', type: 'api', config: { url: server.url, method: 'GET' } }])
  const started = await Promise.all(Array.from({ length: 132 }, () => app.start(busy)))
  await until(() => server.came === REQUESTS_OF_ONE_AT_ONCE)
  const other = await neighbour(app, 'neighbour', ECHO)
  expect(await other.run()).toMatchObject({ status: 'completed', output: { a: 1 } })
  expect(server.came).toBe(REQUESTS_OF_ONE_AT_ONCE)
  server.answer()
  for (const runId of started) expect((await app.settled(runId)).status).toBe('completed')
})

/** Accounts that have each started so many runs of a workflow. */
async function startedBy(app: WorkflowApp, accounts: number, runs: number, steps: LooseStep[]) {
  const all = []
  for (let i = 0; i < accounts; i++) all.push(await neighbour(app, `greedy ${i}`, steps))
  for (const { start } of all) await start(runs)
}

const get = (id: string, { url }: { url: string }) => ({ id, type: 'api', config: { url, method: 'GET' } })

describe('an account’s request is answered while nobody answers those', () => {
  const ANSWERED = { status: 'completed', output: { data: { answered: true } } }

  test('of forty accounts that have as many runs as they may', async () => {
    const app = await workflowApp()
    const answering = hanging()
    answering.answer()
    const good = await neighbour(app, 'good', get('call', answering))
    await startedBy(app, 40, 8, [get('call', hanging())])
    expect(await good.run()).toMatchObject(ANSWERED)
  })

  test('of eight accounts that send more from each run than a process can', async () => {
    const app = await workflowApp()
    const answering = hanging()
    answering.answer()
    const good = await neighbour(app, 'good', get('call', answering))
    const silent = hanging()
    const calls = Array.from({ length: 50 }, (_, i) => get(`call${i}`, silent))
    const branches = calls.map(({ id }) => id)
    const all = { id: 'all', type: 'parallel', config: { branches, concurrency: branches.length } }
    await startedBy(app, 8, 2, [all, ...calls])
    await until(() => silent.came > REQUESTS_OF_ONE_AT_ONCE)
    expect(await good.run()).toMatchObject(ANSWERED)
  })
})
