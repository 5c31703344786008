import { to } from '../address.ts'
import { Copy } from '../parts/copy.tsx'
import { duration } from '../parts/duration.ts'
import { Facts } from '../parts/facts.tsx'
import { JsonShown } from '../parts/json-shown.tsx'
import { Time } from '../parts/time.tsx'
import type { RunDetails } from './run.tsx'
import { shortId } from './short-id.ts'
import { StepError } from './step-error.tsx'

export function RunFacts({ run }: { run: RunDetails }) {
  const { id, workflowId, workflowName, workflowVersion, error, completedAt, deadlineAt } = run
  return (
    <section class="card" aria-label="Facts">
      {error && <StepError of={error} step={error.step} />}
      <Facts
        of={[
          [
            'Id',
            <>
              <code>{id}</code> <Copy text={id} what="the id" />
            </>,
          ],
          [
            'Workflow',
            <>
              <a href={to('workflows', workflowId)}>{workflowName}</a>, version {workflowVersion}
            </>,
          ],
          ['Started', <Started run={run} />],
          ...(completedAt ? [['Over', <Over run={run} at={completedAt} />] as const] : []),
          ...(deadlineAt && !completedAt ? [['Out of time', <Time at={deadlineAt} />] as const] : []),
        ]}
      />
      <details>
        <summary>Input</summary>
        <JsonShown title="Input of the run" of={run.input} />
      </details>
    </section>
  )
}

// --- internal ---

function Started({ run: { startedAt, triggerType, attempt, restartedFrom } }: { run: RunDetails }) {
  return (
    <>
      <Time at={startedAt} never="not yet" /> by {triggerType}
      {attempt > 1 && `, attempt ${attempt}`}
      {restartedFrom && (
        <>
          , a restart of <a href={to('runs', restartedFrom)}>{shortId(restartedFrom)}</a>
        </>
      )}
    </>
  )
}

function Over({ run: { startedAt }, at }: { run: RunDetails; at: string }) {
  return (
    <>
      <Time at={at} />
      {startedAt && `, after ${duration(Date.parse(at) - Date.parse(startedAt))}`}
    </>
  )
}
