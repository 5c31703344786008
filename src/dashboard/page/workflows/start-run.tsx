import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { JsonField, jsonOf } from '../parts/json-field.tsx'
import { useViewKeys } from '../parts/view-keys.ts'

type Props = { workflowId: string; onStarted: (runId: string) => void }

/** Starts a run with an input that is typed. */
export function StartRun({ workflowId, onStarted }: Props) {
  const [isOpen, setOpen] = useState(false)
  const act = useAct()
  useViewKeys({ s: { does: 'Start a run', act: () => setOpen(true) } })
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Start a run
      </button>
      {isOpen && (
        <Dialog title="Start a run" onClose={() => setOpen(false)}>
          <Form
            title="Start a run"
            does="Start"
            act={act}
            onSubmit={async (form) => {
              const run = await admin.runs.start({ workflowId, input: jsonOf(form, 'input') })
              onStarted(run.id)
            }}
          >
            <JsonField name="input" label="Input, a JSON object" value="{}" />
          </Form>
        </Dialog>
      )}
    </>
  )
}
