import type { Step } from '../../src/workflows/plan/step.ts'
import type { StepView } from '../../src/workflows/runs/step-view.ts'
import type { Reply } from './call.ts'
import { type TestApp, testApp } from './test-app.ts'
import { until } from './until.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
type Data = any

export type WorkflowApp = TestApp & {
  key: string
  /** As `workflows`, with the key. */
  api(line: string, json?: unknown): Promise<Reply>
  /** A new active workflow of these steps. @returns its id. */
  workflow(steps: readonly LooseStep[], more?: object): Promise<string>
  /** Starts a run and waits until it has ended or is suspended. @returns GET /runs/:id of it. */
  run(workflowId: string, input?: object, more?: object): Promise<Data>
  /** Starts a run. @returns its id. */
  start(workflowId: string, input?: object): Promise<string>
  /** Waits until the run has ended or is suspended, without a tick of the clock. @returns GET /runs/:id of it. */
  settled(runId: string): Promise<Data>
  /** Waits until the run has ended, with ticks of a clock that stands still. @returns GET /runs/:id of it. */
  ended(runId: string): Promise<Data>
  hasEnded(runId: string): boolean
  /** Waits until a step of the run, or this one, waits for its time or for a person. */
  untilWaiting(runId: string, stepId?: string): Promise<void>
  /** Waits until a step of the run has this status, without a request that its key's limit would count. */
  untilStep(runId: string, stepId: string, status: StepView['status']): Promise<void>
  /** Waits until a step of the run waits for its time, lets that pass, and hands it to the run. */
  passWait(runId: string, ms: number): Promise<void>
}

type Options = Parameters<typeof testApp>[0] & { key?: string }

/** A step as a test writes it. */
export type LooseStep = Pick<Step, 'id' | 'type'> & Record<string, unknown>

/**
 * A whole Keyward with a full-access Workflows key, and what tests of runs do again and again.
 * @param options with the `folder` and the `key` of one that was closed: the next one on the same files.
 */
export async function workflowApp({ key: known, ...options }: Options = {}): Promise<WorkflowApp> {
  const app = testApp(options)
  const key = known ?? (await app.workflowsKey())
  const api = (line: string, json?: unknown) => app.workflows(line, { key, json })
  const details = async (runId: string) => (await api(`GET /runs/${runId}`)).json.data

  const openWait = app.db.$client.prepare(
    'select 1 from run_waits where run_id = ? and delivered = 0 and step_id = coalesce(?, step_id)',
  )
  const isWaiting = (runId: string, stepId?: string) => openWait.get(runId, stepId ?? null) !== undefined
  const completedAt = app.db.$client.prepare('select completed_at from runs where id = ?').pluck()
  const hasEnded = (runId: string) => completedAt.get(runId) !== null
  const untilWaiting = (runId: string, stepId?: string) => until(() => isWaiting(runId, stepId))

  async function start(workflowId: string, input: object = {}): Promise<string> {
    const reply = await api(`POST /workflows/${workflowId}/run`, { input })
    if (reply.status !== 202) throw new Error(reply.text)
    return reply.json.data.runId
  }

  const { runs } = app.app.workflows
  const accountOf = app.db.$client
    .prepare<[string], string>('select account_id from runs where id = ?')
    .pluck()
  const ownerOf = (runId: string) => accountOf.get(runId) ?? ''

  async function settled(runId: string): Promise<Data> {
    await runs.settled(await runs.get(ownerOf(runId), runId))
    return details(runId)
  }

  return {
    ...app,
    key,
    api,
    start,
    settled,
    async ended(runId) {
      await until(() => {
        app.app.tick()
        return hasEnded(runId)
      })
      return details(runId)
    },
    hasEnded,
    untilWaiting,
    untilStep: (runId, stepId, status) =>
      until(async () => {
        const { steps } = await runs.details(ownerOf(runId), runId)
        return steps.some((view) => view.step.id === stepId && view.status === status)
      }),
    async workflow(steps, more = {}) {
      const reply = await api('POST /workflows', { name: 'Test', trigger: { type: 'api' }, steps, ...more })
      if (reply.status !== 201) throw new Error(reply.text)
      await api(`POST /workflows/${reply.json.data.id}/activate`)
      return reply.json.data.id
    },
    async run(workflowId, input = {}, more = {}) {
      const reply = await api(`POST /workflows/${workflowId}/run`, { input, mode: 'sync', ...more })
      if (reply.status !== 200 && reply.status !== 202) throw new Error(reply.text)
      return details(reply.json.data.runId)
    },
    async passWait(runId, ms) {
      await untilWaiting(runId)
      app.clock.advance(ms)
      await until(() => {
        app.app.tick()
        return !isWaiting(runId)
      })
    },
  }
}

/** Ends a server and starts the next one on the same files, which takes up what is left of runs. */
export async function restarted({ close, key, clock }: WorkflowApp, folder: string): Promise<WorkflowApp> {
  await close()
  const next = await workflowApp({ folder, key, clock })
  await next.app.workflows.runs.resume()
  return next
}
