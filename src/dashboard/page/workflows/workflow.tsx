import { filter, go, setFilters, to } from '../address.ts'
import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { Badge } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { GraphView } from '../parts/graph/graph-view.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Problem, Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { RunsTable } from '../runs/runs-table.tsx'
import { Definition, StepDefinition } from './definition.tsx'
import { StartRun } from './start-run.tsx'

export type WorkflowDetails = Awaited<ReturnType<typeof admin.workflows.show>>

/** One workflow: what it does, and its runs. */
export function Workflow({ id }: { id: string }) {
  const loaded = useLoaded(() => admin.workflows.show({ id }), [id])
  return <Shown of={loaded}>{(workflow) => <Found workflow={workflow} onChange={loaded.reload} />}</Shown>
}

// --- internal ---

/** The newest so many are shown here. */
const RUNS = 20

type Props = { workflow: WorkflowDetails; onChange: () => Promise<void> }

function Found({ workflow, onChange }: Props) {
  const { id } = workflow
  const selected = filter('step')
  const select = (step?: string) => setFilters({ step: step === selected ? undefined : step })
  const step = workflow.definition.steps.find((one) => one.id === selected)
  return (
    <>
      <a class="crumb" href={to('workflows')}>
        Workflows
      </a>
      <Head workflow={workflow} onChange={onChange} />
      <div class={`beside ${step ? 'open' : ''}`}>
        <div>
          <Card title="Steps">
            <GraphView graph={workflow.graph} selected={selected} onSelect={select} />
          </Card>
          <Runs id={id} />
          <Definition of={workflow.definition} />
        </div>
        {step && <StepDefinition step={step} onClose={() => select()} />}
      </div>
    </>
  )
}

function Head({ workflow, onChange }: Props) {
  const { id, name, status, description, accountId, accountName, triggerType, version, updatedAt } = workflow
  const act = useAct()
  const change = (verb: 'activate' | 'pause') =>
    act.run(async () => {
      await admin.workflows[verb]({ id })
      toast(verb === 'activate' ? 'Runs can be started now.' : 'Nothing starts a run of it now.')
      await onChange()
    })
  return (
    <>
      <div class="head">
        <h1>{name}</h1>
        <Badge status={status} />
        <div class="actions">
          {(status === 'draft' || status === 'paused') && (
            <button type="button" disabled={act.isBusy} onClick={() => change('activate')}>
              Activate
            </button>
          )}
          {status === 'active' && (
            <>
              <button type="button" class="plain" disabled={act.isBusy} onClick={() => change('pause')}>
                Pause
              </button>
              <StartRun workflowId={id} onStarted={(run) => go(to('runs', run))} />
            </>
          )}
        </div>
      </div>
      <Problem of={act.refusal} />
      <p class="line">
        {description && <span>{description}</span>}
        <span>
          Account <a href={to('accounts', accountId)}>{accountName}</a>
        </span>
        <span>Trigger {triggerType}</span>
        <span>Version {version}</span>
        <span>
          Changed <Time at={updatedAt} />
        </span>
      </p>
    </>
  )
}

function Runs({ id }: { id: string }) {
  const runs = useLoaded(() => admin.runs.list({ workflowId: id, limit: RUNS }), [id], LIVE_MS)
  return (
    <Card title="Runs">
      <Shown of={runs}>
        {(list) => (
          <>
            <RunsTable runs={list} />
            {list.length === RUNS && <a href={`${to('runs')}?workflow=${id}`}>All its runs</a>}
          </>
        )}
      </Shown>
    </Card>
  )
}

const LIVE_MS = 2000
