import { useState } from 'preact/hooks'
import { go, to } from '../address.ts'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { JsonField, jsonOf } from '../parts/json-field.tsx'
import { Problem } from '../parts/shown.tsx'
import { toast } from '../parts/toast.tsx'
import type { RunDetails } from './run.tsx'

type Props = { run: RunDetails; onChange: () => Promise<void> }

/** What can be done with a run, as far as it is. */
export function RunActions({ run, onChange }: Props) {
  const { id, status, completedAt } = run
  const [open, setOpen] = useState<'cancel' | 'restart' | null>(null)
  const act = useAct()
  const retry = () =>
    act.run(async () => {
      await admin.runs.retry({ id })
      toast('It goes on from the step that failed.')
      await onChange()
    })
  return (
    <>
      <div class="actions">
        {(status === 'failed' || status === 'timed_out') && (
          <button type="button" disabled={act.isBusy} onClick={retry}>
            Retry
          </button>
        )}
        {completedAt ? (
          <button type="button" class="plain" onClick={() => setOpen('restart')}>
            Restart …
          </button>
        ) : (
          <button type="button" class="danger" onClick={() => setOpen('cancel')}>
            Cancel …
          </button>
        )}
      </div>
      <Problem of={act.refusal} />
      {open === 'restart' && <Restart run={run} onClose={() => setOpen(null)} />}
      {open === 'cancel' && <Cancel id={id} onChange={onChange} onClose={() => setOpen(null)} />}
    </>
  )
}

// --- internal ---

function Cancel({ id, onChange, onClose }: { id: string; onChange: Props['onChange']; onClose: () => void }) {
  return (
    <Dialog title="Cancel the run?" onClose={onClose}>
      <Form
        title="Cancel the run"
        does="Cancel the run"
        isDangerous
        act={useAct()}
        onSubmit={async () => {
          await admin.runs.cancel({ id })
          toast('Cancelled.')
          onClose()
          await onChange()
        }}
      >
        <p>What it does now is broken off. What its steps have done stays done.</p>
      </Form>
    </Dialog>
  )
}

function Restart({ run, onClose }: { run: RunDetails; onClose: () => void }) {
  const tops = run.steps.filter(({ path, id }) => path === id)
  return (
    <Dialog title="Restart" onClose={onClose}>
      <Form
        title="Restart"
        does="Start a new run"
        act={useAct()}
        onSubmit={async (form) => {
          const [fromStep, input] = [textOf(form, 'fromStep'), jsonOf(form, 'input')]
          const again = await admin.runs.restart({ id: run.id, fromStep, input })
          onClose()
          go(to('runs', again.id))
        }}
      >
        <p>A new run with the same input. With the results of the steps before the one that it begins at.</p>
        <label>
          Begins at
          <select name="fromStep">
            <option value="">the start</option>
            {tops.map(({ id, name }) => (
              <option key={id} value={id}>
                {name ?? id}
              </option>
            ))}
          </select>
        </label>
        <JsonField name="input" label="Another input, a JSON object (left empty: the same)" value="" />
      </Form>
    </Dialog>
  )
}
