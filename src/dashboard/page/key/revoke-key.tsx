import { DAY_MS } from '../../../lib/duration.ts'
import { admin, Refusal } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { aheadMs, Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { KeyDialogProps } from './key-actions.tsx'

/** Ends a key for ever. Somebody works with one that was used lately, so its name is typed. */
export function RevokeKey({ of: key, onChanged, onClose }: KeyDialogProps) {
  const act = useAct()
  const isInUse = key.lastUsedAt !== null && Date.now() + aheadMs.value - Date.parse(key.lastUsedAt) < DAY_MS

  async function revoke(form: FormData): Promise<void> {
    if (isInUse && textOf(form, 'name') !== key.name.trim())
      throw new Refusal('INVALID_INPUT', 'This is not the key’s name')
    await admin.keys.revoke({ id: key.id })
    toast('Revoked: it is refused from now on')
    onClose()
    await onChanged()
  }

  return (
    <Dialog title={`Revoke “${key.name}”`} onClose={onClose}>
      <Form title="Revoke the key" does="Revoke key" isDangerous act={act} onSubmit={revoke}>
        <p>It is refused from now on, and cannot be taken back.</p>
        {isInUse && (
          <>
            <p class="warning">
              Somebody works with it: it was last used <Time at={key.lastUsedAt} />.
            </p>
            <label>
              Its name, to be sure
              <input name="name" required autofocus autocomplete="off" placeholder={key.name} />
            </label>
          </>
        )}
      </Form>
    </Dialog>
  )
}
