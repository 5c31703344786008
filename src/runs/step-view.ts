import type { DurableRecord } from '../durable/engine.ts'
import { type Plan, passOver, type Settled } from '../flow/plan.ts'
import type { Step } from '../flow/step.ts'
import { type CutOff, createCutOff } from './cut-off.ts'
import type { Run, RunError } from './run.ts'
import { endOf } from './step-end.ts'
import { type LogLine, readRecordName, type StepResult, stepIdOf } from './step-result.ts'

export type StepStatus = 'pending' | 'running' | 'completed' | 'failed' | 'skipped' | 'retrying'

/** A step of a run, as far as it is now. */
export type StepView = {
  key: string
  step: Pick<Step, 'id' | 'name' | 'type'>
  status: StepStatus
  input: unknown
  output: unknown
  error: RunError | null
  /** 0 where it has not begun. */
  attempt: number
  startedAt: number | null
  completedAt: number | null
  logs: readonly LogLine[]
}

/** What a run's steps have left so far. */
export type RunProgress = { results: StepResult[]; underWay: UnderWay[] }

/** Each step of a run once: its last attempt, or that it is still to come, or was passed over. */
export function stepViews(run: Run, plan: Plan, steps: readonly Step[], progress: RunProgress): StepView[] {
  const last = new Map<string, StepView>()
  for (const view of attemptViews(run, steps, progress)) {
    const before = last.get(view.key)
    last.set(view.key, view.status === 'retrying' && before ? { ...before, status: 'retrying' } : view)
  }
  return [...last.values(), ...untouchedViews(run, plan, progress)]
}

/** All attempts of a run's steps, in the order they began, and then the steps that were passed over. */
export function logViews(run: Run, plan: Plan, steps: readonly Step[], progress: RunProgress): StepView[] {
  const untouched = untouchedViews(run, plan, progress)
  return [...attemptViews(run, steps, progress), ...untouched.filter(({ status }) => status === 'skipped')]
}

/** Reads what the engine keeps of a run. */
export function readProgress(kept: readonly StepResult[], records: readonly DurableRecord[]): RunProgress {
  const results = [...kept]
  const open = new Map<string, UnderWay>()
  for (const { name, isDone, output, startedAt } of records) {
    const { key, kind, attempt } = readRecordName(name)
    if (kind === 'attempt' && isDone) results.push(output as StepResult)
    if (isDone && (kind === 'attempt' || kind === 'backoff')) open.delete(key)
    else if (kind === 'backoff')
      open.set(key, { ...NOT_BEGUN, key, attempt: attempt + 1, status: 'retrying' })
    else if (kind === 'begin' && isDone) open.set(key, { ...NOT_BEGUN, key, ...begunOf(output) })
    else if (!open.has(key)) open.set(key, { ...NOT_BEGUN, key, attempt, startedAt })
  }
  return { results, underWay: [...open.values()] }
}

// --- internal ---

type UnderWay = Pick<StepView, 'key' | 'input' | 'attempt' | 'startedAt'> & { status: 'running' | 'retrying' }

const NOT_BEGUN = { status: 'running', input: null, attempt: 1, startedAt: null } as const

/** What the steps that wait, and those with steps inside, record when they begin. */
function begunOf(output: unknown): Pick<UnderWay, 'input' | 'startedAt'> {
  const { startedAt, config } = output as { startedAt: number; config: unknown }
  return { startedAt, input: config }
}

function attemptViews(run: Run, steps: readonly Step[], { results, underWay }: RunProgress): StepView[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  // What the end of the run broke off is recorded a little later.
  const endedAt = run.completedAt ?? Number.POSITIVE_INFINITY
  const done = results.map((result): StepView => {
    const completedAt = Math.min(result.completedAt, endedAt)
    return { ...result, completedAt, step: stepOf(byId, result.stepId) }
  })
  const cutOff = createCutOff(run, steps, results)
  const open = underWay.flatMap((begun): StepView[] => {
    const view = { ...EMPTY, ...begun, step: stepOf(byId, stepIdOf(begun.key)) }
    const cut = cutOff(begun.key, begun.status === 'retrying')
    if (!cut) return [view]
    // What was to be tried again shows the attempt that failed.
    return begun.status === 'retrying' ? [] : [cutView(view, { ...cut, at: Math.min(cut.at, endedAt) })]
  })
  return [...done, ...open].sort((a, b) => begunAt(a) - begunAt(b))
}

function cutView(view: StepView, { at, error }: CutOff): StepView {
  const logs: LogLine[] = [{ level: 'error', message: error.message, at }]
  return { ...view, status: 'failed', completedAt: at, error, logs }
}

/** What has not begun stands last. */
function begunAt({ startedAt }: StepView): number {
  return startedAt ?? Number.MAX_SAFE_INTEGER
}

const EMPTY = {
  ...{ input: null, output: null, error: null, attempt: 0, startedAt: null, completedAt: null },
  logs: [],
}

/** The steps at the plan's top that have left nothing. */
function untouchedViews(run: Run, plan: Plan, { results, underWay }: RunProgress): StepView[] {
  const touched = new Set([...results, ...underWay].map(({ key }) => key))
  const skipped = skippedSteps(plan, results)
  const isOver = run.completedAt !== null
  return plan.nodes
    .filter(({ step }) => !touched.has(step.id))
    .map(({ step }) => {
      const status = isOver || skipped.has(step.id) ? 'skipped' : 'pending'
      return { ...EMPTY, key: step.id, step, status }
    })
}

function stepOf(byId: ReadonlyMap<string, Step>, id: string): StepView['step'] {
  return byId.get(id) ?? { id, type: 'unknown' }
}

/** Which top steps the ended ones close off. */
function skippedSteps(plan: Plan, results: readonly StepResult[]): Set<string> {
  const settled = new Map<string, Settled>()
  for (const node of plan.nodes) {
    const result = results.findLast(({ key }) => key === node.step.id)
    if (result && !(result.status === 'failed' && result.mayRetry))
      settled.set(node.step.id, endOf(node, result))
  }
  passOver(plan, settled)
  return new Set([...settled].flatMap(([id, { status }]) => (status === 'skipped' ? [id] : [])))
}
