import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { exact } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { KeyDialogProps } from './key-head.tsx'

/** Ends the secret that a rotation has replaced, before its time. */
export function EndOverlap({ of: key, onChanged, onClose }: KeyDialogProps) {
  const act = useAct()
  // As it was opened: the overlap may end meanwhile, and then the key has no such secret any more.
  const [{ previousPrefix, previousEndsAt }] = useState(key)
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
          <code>{previousPrefix}…</code> goes on until {exact(previousEndsAt ?? '')}. Whoever has not taken
          the new secret is refused from now on.
        </p>
      </Form>
    </Dialog>
  )
}
