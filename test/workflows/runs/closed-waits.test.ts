import { expect, test } from 'bun:test'
import { hanging } from '../../helpers/hanging.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

const wait = (id: string, duration: number): LooseStep => ({ id, type: 'wait', config: { duration } })
const fork: LooseStep = { id: 'fork', type: 'transform', config: { mapping: { value: 1 } } }
/** What is asked, and what fails a second later. */
const ASKED: LooseStep[] = [
  { id: 'ask', type: 'approval', config: {} },
  wait('pause', SECOND),
  { id: 'bad', type: 'slack', config: {} },
]
const both = (config: object): LooseStep => ({
  id: 'both',
  type: 'parallel',
  config,
  errorHandling: { strategy: 'continue' },
})
/** Starts a run of a workflow that is drawn so. */
async function startDrawn({ api, start, workflow }: WorkflowApp, steps: LooseStep[], edges: Edges) {
  const id = await workflow(steps)
  const drawn = edges.map(([source, target]) => ({ source, target }))
  await api(`PATCH /workflows/${id}/canvas`, { canvasState: { edges: drawn } })
  return start(id)
}

type Edges = [string, string][]
const FORKED: Edges = [
  ['fork', 'ask'],
  ['fork', 'pause'],
  ['pause', 'bad'],
]

/** Nobody can decide what no step hears of: it is not listed, to decide it is refused, and its step has ended. */
async function expectClosed({ api }: WorkflowApp, runId: string): Promise<void> {
  const { status, approvals, steps } = (await api(`GET /runs/${runId}`)).json.data
  expect([status, approvals]).toEqual(['running', []])
  expect(steps.find(({ id }: { id: string }) => id === 'ask')).toMatchObject({
    status: 'failed',
    durationMs: SECOND,
    completedAt: '2026-11-21T09:00:01.000Z',
    error: { code: 'CANCELLED', message: 'Another step failed', step: 'ask' },
  })
  const error = { code: 'CONFLICT', message: 'Run is running: no approval is open' }
  for (const way of ['approve', 'reject']) {
    const reply = await api(`POST /runs/${runId}/${way}`)
    expect([reply.status, reply.json.error]).toEqual([409, error])
  }
}

function openWaits({ db }: WorkflowApp, runId: string): unknown[] {
  const open = 'select step_id from run_waits where run_id = ? and delivered = 0 order by step_id'
  return db.$client.prepare(open).pluck().all(runId)
}

/** Lets so much time pass, until no steps wait but these. */
async function pass(app: WorkflowApp, runId: string, ms: number, ...left: string[]): Promise<void> {
  app.clock.advance(ms)
  await until(() => {
    app.app.tick()
    return openWaits(app, runId).join() === left.join()
  })
}

test('an approval is closed when another branch of its parallel fails, under fail-fast', async () => {
  const app = await workflowApp()
  const steps = [both({ strategy: 'fail-fast', branches: ['ask', ['pause', 'bad']] }), ...ASKED]
  const runId = await app.start(await app.workflow([...steps, wait('then', HOUR)]))
  await Promise.all(['ask', 'pause'].map((id) => app.untilWaiting(runId, id)))
  await pass(app, runId, SECOND, 'then')
  await expectClosed(app, runId)
})

test('an approval is closed for good when another step of its branch fails, though another branch goes on', async () => {
  const app = await workflowApp()
  const steps = [both({ branches: [['fork', 'ask', 'pause', 'bad'], 'long'] }), fork, ...ASKED]
  const waits = [wait('long', HOUR), wait('then', HOUR)]
  const runId = await startDrawn(app, [...steps, ...waits], [...FORKED, ['both', 'then']])
  await Promise.all(['ask', 'pause'].map((id) => app.untilWaiting(runId, id)))
  await app.untilWaiting(runId, 'long')
  await pass(app, runId, SECOND, 'long')
  await expectClosed(app, runId)
  await pass(app, runId, HOUR, 'then')
  await expectClosed(app, runId)
})

test('an approval is closed when a step beside it fails, though another is still under way', async () => {
  const app = await workflowApp()
  const { url } = hanging()
  const call = { id: 'call', type: 'api', config: { url } }
  const runId = await startDrawn(app, [fork, ...ASKED, call], [...FORKED, ['pause', 'call']])
  await Promise.all(['ask', 'pause'].map((id) => app.untilWaiting(runId, id)))
  await pass(app, runId, SECOND)
  await expectClosed(app, runId)
})

test('a time limit that a parallel kept waits no longer than the parallel', async () => {
  const app = await workflowApp()
  const steps = [
    both({ branches: ['pause'], timeoutMs: HOUR }),
    wait('pause', SECOND),
    wait('then', 2 * HOUR),
  ]
  const runId = await app.start(await app.workflow(steps))
  await Promise.all(['both', 'pause'].map((id) => app.untilWaiting(runId, id)))
  await pass(app, runId, SECOND, 'then')
})
