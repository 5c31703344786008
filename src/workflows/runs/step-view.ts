import type { DurableRecord } from '../engine/engine.ts'
import { type Plan, type Settled, skipUnreachable } from '../plan/plan.ts'
import type { Step } from '../plan/step.ts'
import { type CutOff, createCutOff } from './cut-off.ts'
import type { Run, RunError } from './run.ts'
import { endOf } from './step-outcome.ts'
import { containersOf, type LogLine, readRecordName, type StepResult, stepIdOf } from './step-result.ts'

export const STEP_STATUSES = ['pending', 'running', 'completed', 'failed', 'skipped', 'retrying'] as const

export type StepStatus = (typeof STEP_STATUSES)[number]

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

/** What a run's steps have left so far, in the order in which they began: all attempts, and of these the ended ones. */
export type RunProgress = { attempts: Attempt[]; results: StepResult[] }

/** Each step of a run once: its last attempt, or that it is still to come, or was passed over. */
export function stepViews(run: Run, plan: Plan, steps: readonly Step[], progress: RunProgress): StepView[] {
  const last = new Map<string, StepView>()
  for (const view of attemptViews(run, steps, progress)) {
    const before = last.get(view.key)
    last.set(view.key, view.status === 'retrying' && before ? { ...before, status: 'retrying' } : view)
  }
  return startedWithFirstInside(containersFirst([...last.values(), ...untouchedViews(run, plan, progress)]))
}

/** All attempts of a run's steps, in the order they began, and then the steps that were passed over. */
export function logViews(run: Run, plan: Plan, steps: readonly Step[], progress: RunProgress): StepView[] {
  const untouched = untouchedViews(run, plan, progress)
  const skipped = untouched.filter(({ status }) => status === 'skipped')
  return containersFirst([...attemptViews(run, steps, progress), ...skipped])
}

/**
 * Reads what the engine keeps of a run.
 * @param kept what it took over from the attempt before
 * @param records in the order in which they began
 */
export function readProgress(kept: readonly StepResult[], records: readonly DurableRecord[]): RunProgress {
  // By step and attempt. A map keeps the place of what is set again: an attempt that ends stands where it began.
  const begun = new Map<string, Attempt>()
  for (const { name, isDone, output, startedAt } of records) {
    const { key, kind, attempt: number } = readRecordName(name)
    const attempt = kind === 'backoff' ? number + 1 : number
    const place = `${key}#${attempt}`
    if (kind === 'attempt' && isDone) begun.set(place, output as StepResult)
    else if (kind === 'backoff' && isDone) begun.delete(place)
    else if (kind === 'backoff') begun.set(place, { ...NOT_BEGUN, key, attempt, status: 'retrying' })
    else if (kind === 'begin' && isDone) begun.set(place, { ...NOT_BEGUN, key, ...begunOf(output) })
    else if (!begun.has(place)) begun.set(place, { ...NOT_BEGUN, key, attempt, startedAt })
  }
  const attempts = [...kept, ...begun.values()]
  return { attempts, results: attempts.filter(isResult) }
}

// --- internal ---

type Attempt = StepResult | UnderWay

type UnderWay = Pick<StepView, 'key' | 'input' | 'attempt' | 'startedAt'> & { status: 'running' | 'retrying' }

function isResult(attempt: Attempt): attempt is StepResult {
  return attempt.status === 'completed' || attempt.status === 'failed'
}

const NOT_BEGUN = { status: 'running', input: null, attempt: 1, startedAt: null } as const

/** What the steps that wait, and those with steps inside, record when they begin. */
function begunOf(output: unknown): Pick<UnderWay, 'input' | 'startedAt'> {
  const { startedAt, config } = output as { startedAt: number; config: unknown }
  return { startedAt, input: config }
}

function attemptViews(run: Run, steps: readonly Step[], { attempts, results }: RunProgress): StepView[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  // What the end of the run broke off is recorded a little later.
  const endedAt = run.completedAt ?? Number.POSITIVE_INFINITY
  const cutOff = createCutOff(run, steps, results)
  return attempts.flatMap((attempt): StepView[] => {
    const view = { ...EMPTY, ...attempt, step: stepOf(byId, stepIdOf(attempt.key)) }
    if (isResult(attempt)) return [{ ...view, completedAt: Math.min(attempt.completedAt, endedAt) }]
    const cut = cutOff(attempt.key, attempt.status === 'retrying')
    if (!cut) return [view]
    // What was to be tried again shows the attempt that failed.
    return attempt.status === 'retrying' ? [] : [cutView(view, { ...cut, at: Math.min(cut.at, endedAt) })]
  })
}

function cutView(view: StepView, { at, error }: CutOff): StepView {
  const logs: LogLine[] = [{ level: 'error', message: error.message, at }]
  return { ...view, status: 'failed', completedAt: at, error, logs }
}

const EMPTY = {
  input: null,
  output: null,
  error: null,
  attempt: 0,
  startedAt: null,
  completedAt: null,
  logs: [],
}

/** The steps at the plan's top that have left nothing. */
function untouchedViews(run: Run, plan: Plan, { attempts, results }: RunProgress): StepView[] {
  const touched = new Set(attempts.map(({ key }) => key))
  const skipped = skippedSteps(plan, results)
  const isOver = run.completedAt !== null
  return plan.nodes
    .filter(({ step }) => !touched.has(step.id))
    .map(({ step }) => {
      const status = isOver || skipped.has(step.id) ? 'skipped' : 'pending'
      return { ...EMPTY, key: step.id, step, status }
    })
}

/**
 * Puts each loop and parallel before the steps in it: what a retry or a restart took over is in the order in which it
 * ended, and stands before what has begun since.
 */
function containersFirst(views: readonly StepView[]): StepView[] {
  const firstOf = new Map<string, StepView>()
  for (const view of views) if (!firstOf.has(view.key)) firstOf.set(view.key, view)
  const ordered = new Set<StepView>()
  for (const view of views) {
    for (const key of containersOf(view.key).reverse()) {
      const container = firstOf.get(key)
      if (container) ordered.add(container)
    }
    ordered.add(view)
  }
  return [...ordered]
}

/** A loop or parallel that has begun again shows the start of the first step in it that was taken over. */
function startedWithFirstInside(views: readonly StepView[]): StepView[] {
  const first = new Map<string, number>()
  for (const { key, startedAt } of views) {
    if (startedAt === null) continue
    for (const container of containersOf(key))
      first.set(container, Math.min(first.get(container) ?? startedAt, startedAt))
  }
  return views.map((view) => {
    const since = first.get(view.key)
    const isLater = view.startedAt !== null && since !== undefined && since < view.startedAt
    return isLater ? { ...view, startedAt: since } : view
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
  skipUnreachable(plan, settled)
  return new Set([...settled].flatMap(([id, { status }]) => (status === 'skipped' ? [id] : [])))
}
