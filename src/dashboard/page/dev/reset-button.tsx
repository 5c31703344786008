import { useState } from 'preact/hooks'
import { to } from '../address.ts'
import { ask } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'

/** Puts all data back to where it began; the page is then loaded anew, for nothing that it shows is there any more. */
export function ResetButton() {
  const act = useAct()
  const [isAsking, setAsking] = useState(false)
  async function reset(): Promise<void> {
    await ask('POST', '/_dev/reset')
    location.assign(to())
  }
  return (
    <>
      <button type="button" class="plain" onClick={() => setAsking(true)}>
        Reset …
      </button>
      {isAsking && (
        <Dialog title="Reset all data" onClose={() => setAsking(false)}>
          <Form title="Reset all data" does="Reset" isDangerous act={act} onSubmit={reset}>
            <p>
              The server goes back to what its folder held when it first ran under --dev: the same keys, full
              limits, the host’s time. All that was made since is gone. To be able to come back to it, first
              run <code>keyward dev snapshot save NAME</code>.
            </p>
          </Form>
        </Dialog>
      )}
    </>
  )
}
