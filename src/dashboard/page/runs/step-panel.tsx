import { admin } from '../operations.ts'
import { Badge } from '../parts/badge.tsx'
import { duration } from '../parts/duration.ts'
import { JsonShown } from '../parts/json-shown.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Panel } from '../parts/panel.tsx'
import { Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'
import { LogLines } from './log-lines.tsx'
import type { RunDetails } from './run.tsx'
import { RunStatus } from './run-status.tsx'
import { StepError } from './step-error.tsx'

type Step = RunDetails['steps'][number]

type StepDetails = Awaited<ReturnType<typeof admin.runs.step>>

/** What a step took, gave and said. */
export function StepPanel({ run, step, onClose }: { run: RunDetails; step: Step; onClose: () => void }) {
  const { path, status, attempt, completedAt } = step
  // Asked again when the run shows that something has changed.
  const details = useLoaded(() => admin.runs.step({ id: run.id, path }), [path, status, attempt, completedAt])
  return (
    <Panel title={step.name ?? step.id} badges={<RunStatus status={status} />} onClose={onClose}>
      <p class="line">
        <Badge status={step.type} tone="plain" />
        <code>{path}</code>
        {attempt > 1 && <span>attempt {attempt}</span>}
        {step.startedAt && (
          <span>
            began <Time at={step.startedAt} />
          </span>
        )}
        {step.startedAt && completedAt && (
          <span>took {duration(Date.parse(completedAt) - Date.parse(step.startedAt))}</span>
        )}
      </p>
      {step.error && <StepError of={step.error} />}
      {step.startedAt ? (
        <Shown of={details}>{(shown) => <Details of={shown} />}</Shown>
      ) : (
        <p class="muted">It has not begun.</p>
      )}
    </Panel>
  )
}

// --- internal ---

function Details({ of: { input, output, logs } }: { of: StepDetails }) {
  return (
    <>
      <JsonShown title="Input" of={input} />
      <JsonShown title="Output" of={output} />
      {logs.length > 0 && (
        <section class="json">
          <header>
            <h3>Log</h3>
          </header>
          <LogLines of={logs} />
        </section>
      )}
    </>
  )
}
