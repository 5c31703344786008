import { admin } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { exact } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { KeyDialogProps } from './key-actions.tsx'

/** Ends the secret that a rotation has replaced, before its time. */
export function EndOverlap({ of: key, onChanged, onClose }: KeyDialogProps) {
  const act = useAct()
  async function end(): Promise<void> {
    await admin.keys.endOverlap({ id: key.id })
    toast('The old secret is refused from now on')
    onClose()
    await onChanged()
  }
  return (
    <Dialog title="End the old secret" onClose={onClose}>
      <Form title="End the old secret" does="End it now" isDangerous act={act} onSubmit={end}>
        <p>
          <code>{key.previousPrefix}…</code> goes on until {exact(key.previousEndsAt ?? '')}. Whoever has not
          taken the new secret is refused from now on.
        </p>
      </Form>
    </Dialog>
  )
}
