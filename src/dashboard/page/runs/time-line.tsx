import { useRef } from 'preact/hooks'
import { duration } from '../parts/duration.ts'
import { aheadMs, exact } from '../parts/time.tsx'
import { useViewKeys } from '../parts/view-keys.ts'
import { walk, walked } from '../parts/walk.ts'
import type { RunDetails } from './run.tsx'
import { RunStatus } from './run-status.tsx'

type Step = RunDetails['steps'][number]

type Props = { run: RunDetails; selected: string | undefined; onSelect: (path: string) => void }

/** When each step began and ended, in the order in which they began. */
export function TimeLine({ run, selected, onSelect }: Props) {
  const { steps, moreSteps } = run
  const scale = scaleOf(run)
  const tabStop = steps.some(({ path }) => path === selected) ? selected : steps[0]?.path
  const rows = useRef<HTMLElement>(null)
  const walkBy = (by: number) => {
    const at = steps.findIndex(({ path }) => path === selected) + by
    const next = steps[at]?.path
    if (next === undefined) return
    onSelect(next)
    rows.current?.querySelectorAll<HTMLElement>('button')[at]?.focus()
  }
  useViewKeys({
    j: { does: 'The next step', act: () => walkBy(1) },
    k: { does: 'The step before', act: () => walkBy(-1) },
    Escape: { does: 'Close the step', act: () => selected && onSelect(selected) },
  })
  return (
    <section class="card">
      <h2>Time line {scale && <small class="muted">{duration(scale.end - scale.start)}</small>}</h2>
      <section ref={rows} class="time-line" aria-label="Steps in time; the arrow keys walk" onKeyDown={walk}>
        {steps.map((step) => (
          <button
            key={step.path}
            type="button"
            aria-pressed={step.path === selected}
            onClick={() => onSelect(step.path)}
            {...walked(step.path === tabStop)}
          >
            <span class="what" title={step.path} style={{ paddingLeft: `${depthOf(step)}rem` }}>
              {step.name ?? step.path.split('/').at(-1)}
              <small class="muted"> {roundOf(step)}</small>
            </span>
            <RunStatus status={step.status} />
            <Bar step={step} scale={scale} />
            <span class="took">{tookOf(step, scale)}</span>
          </button>
        ))}
      </section>
      {moreSteps > 0 && <p class="muted">And {moreSteps} more steps.</p>}
    </section>
  )
}

// --- internal ---

/** From the first step's begin to the last one's end, in ms; a run under way goes on until now. */
type Scale = { start: number; end: number; isOver: boolean }

function scaleOf({ steps, completedAt }: RunDetails): Scale | null {
  const begins = steps.flatMap(({ startedAt }) => (startedAt ? [Date.parse(startedAt)] : []))
  if (begins.length === 0) return null
  const start = Math.min(...begins)
  const isOver = completedAt !== null
  const ends = steps.flatMap((step) => (step.completedAt ? [Date.parse(step.completedAt)] : []))
  return { start, end: Math.max(start + 1, ...ends, isOver ? 0 : Date.now() + aheadMs.value), isOver }
}

function Bar({ step, scale }: { step: Step; scale: Scale | null }) {
  if (!scale || !step.startedAt) return <span class="bar" />
  const { start, end } = scale
  const from = Date.parse(step.startedAt)
  const until = step.completedAt ? Date.parse(step.completedAt) : end
  const share = (ms: number) => `${(100 * ms) / (end - start)}%`
  const title = `${exact(step.startedAt)} – ${step.completedAt ? exact(step.completedAt) : 'now'}`
  return (
    <span class="bar" title={title}>
      <i class={step.status} style={{ left: share(from - start), width: share(Math.max(0, until - from)) }} />
    </span>
  )
}

function tookOf({ startedAt, completedAt }: Step, scale: Scale | null): string {
  if (!startedAt || !scale) return ''
  return duration(Math.max(0, (completedAt ? Date.parse(completedAt) : scale.end) - Date.parse(startedAt)))
}

/** How many loops and parallels are around it. */
function depthOf({ path }: Step): number {
  return path.split('/').length - 1
}

/** Which round or branch of what is around it, and how often it was tried: "round 2.1, attempt 3". */
function roundOf({ path, attempt }: Step): string {
  const rounds = [...path.matchAll(/\[(\d+)\]/g)].map(([, at]) => at)
  return [
    ...(rounds.length > 0 ? [`round ${rounds.join('.')}`] : []),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
  ].join(', ')
}
