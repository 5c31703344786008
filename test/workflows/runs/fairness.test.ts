import { expect, test } from 'bun:test'
import { RUNS_OF_ONE_AT_ONCE } from '../../../src/workflows/engine/engine.ts'
import { hanging } from '../../helpers/hanging.ts'
import { until } from '../../helpers/until.ts'
import { type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

/** Runs a step of another account's, to its end. @returns how the run ended. */
async function neighbourRuns({ app, workflows, workflowsKey }: WorkflowApp, step: object) {
  const key = await workflowsKey(undefined, (await app.admin.accounts.create({ name: 'neighbour' })).id)
  const send = (line: string, json?: object) => workflows(line, { key, json })
  const definition = { name: 'Neighbour', trigger: { type: 'api' }, steps: [step] }
  const { id } = (await send('POST /workflows', definition)).json.data
  await send(`POST /workflows/${id}/activate`)
  return (await send(`POST /workflows/${id}/run`, { mode: 'sync' })).json.data
}

test('an account’s run ends while another has more requests under way than it may, which nobody answers', async () => {
  const app = await workflowApp()
  const server = hanging()
  const busy = await app.workflow([{ id: 'call', type: 'api', config: { url: server.url, method: 'GET' } }])
  const started = await Promise.all(Array.from({ length: RUNS_OF_ONE_AT_ONCE + 20 }, () => app.start(busy)))
  await until(() => server.came === RUNS_OF_ONE_AT_ONCE)
  const step = { id: 'echo', type: 'transform', config: { mapping: { a: 1 } } }
  expect(await neighbourRuns(app, step)).toMatchObject({ status: 'completed', output: { a: 1 } })
  expect(server.came).toBe(RUNS_OF_ONE_AT_ONCE)
  server.answer()
  for (const runId of started) expect((await app.settled(runId)).status).toBe('completed')
})

test('an account’s script ends while another’s endless scripts are more than it may have', async () => {
  const app = await workflowApp()
  const endless = { code: 'for (;;);', timeout: 30_000 }
  const busy = await app.workflow([{ id: 'endless', type: 'code', config: endless }])
  const started = await Promise.all(Array.from({ length: 6 }, () => app.start(busy)))
  const step = { id: 'sum', type: 'code', config: { code: 'return 6 * 7' } }
  expect(await neighbourRuns(app, step)).toMatchObject({ status: 'completed', output: { result: 42 } })
  for (const runId of started) {
    expect((await app.api(`GET /runs/${runId}`)).json.data.status).toBe('running')
    await app.api(`POST /runs/${runId}/cancel`)
  }
})
