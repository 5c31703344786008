import { useState } from 'preact/hooks'
import { filter, setFilters, to } from '../address.ts'
import { admin } from '../operations.ts'
import { Card } from '../parts/card.tsx'
import { GraphView } from '../parts/graph/graph-view.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { Approvals } from './approvals.tsx'
import { RunActions } from './run-actions.tsx'
import { RunFacts } from './run-facts.tsx'
import { lightsOf, pathOf } from './run-lights.ts'
import { RunLog } from './run-log.tsx'
import { RunStatus } from './run-status.tsx'
import { StepPanel } from './step-panel.tsx'
import { TimeLine } from './time-line.tsx'

export type RunDetails = Awaited<ReturnType<typeof admin.runs.show>>

const LIVE_MS = 1000

/** One run, live for as long as it is not over. */
export function Run({ id }: { id: string }) {
  const [isOver, setOver] = useState(false)
  const loaded = useLoaded(
    async () => {
      const run = await admin.runs.show({ id })
      setOver(run.completedAt !== null)
      return run
    },
    [id],
    isOver ? undefined : LIVE_MS,
  )
  return <Shown of={loaded}>{(run) => <Found run={run} onChange={loaded.reload} />}</Shown>
}

// --- internal ---

function Found({ run, onChange }: { run: RunDetails; onChange: () => Promise<void> }) {
  const { status, workflowName, workflowId, steps } = run
  const selected = filter('step')
  const step = steps.find(({ path }) => path === selected)
  const select = (path?: string) => setFilters({ step: path === selected ? undefined : path })
  return (
    <>
      <a class="crumb" href={`${to('runs')}?workflow=${workflowId}`}>
        Runs
      </a>
      <div class="head">
        <h1>{workflowName}</h1>
        <RunStatus status={status} />
        <RunActions run={run} onChange={onChange} />
      </div>
      <Approvals run={run} onChange={onChange} />
      <div class={`beside ${step ? 'open' : ''}`}>
        <div>
          <RunFacts run={run} />
          <RunGraph run={run} selected={step?.id} onSelect={(one) => select(pathOf(steps, one))} />
          <TimeLine run={run} selected={selected} onSelect={select} />
          <RunLog run={run} />
        </div>
        {step && <StepPanel key={step.path} run={run} step={step} onClose={() => select()} />}
      </div>
    </>
  )
}

type GraphProps = { run: RunDetails; selected: string | undefined; onSelect: (id: string) => void }

function RunGraph({ run, selected, onSelect }: GraphProps) {
  const workflow = useLoaded(() => admin.workflows.show({ id: run.workflowId }), [run.workflowId])
  return (
    <Card title="Steps">
      <Shown of={workflow}>
        {({ graph, version }) => (
          <>
            {version !== run.workflowVersion && (
              <p class="muted">
                The run is of version {run.workflowVersion}; drawn is version {version}, which is the present
                one.
              </p>
            )}
            <GraphView graph={graph} selected={selected} onSelect={onSelect} lights={lightsOf(run.steps)} />
          </>
        )}
      </Shown>
    </Card>
  )
}
