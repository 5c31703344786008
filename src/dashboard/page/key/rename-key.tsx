import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import type { KeyDialogProps } from './key-actions.tsx'

export function RenameKey({ of: { id, name }, onChanged, onClose }: KeyDialogProps) {
  const act = useAct()
  async function rename(form: FormData): Promise<void> {
    await admin.keys.rename({ id, name: textOf(form, 'name') ?? '' })
    onClose()
    await onChanged()
  }
  return (
    <Dialog title="Rename the key" onClose={onClose}>
      <Form title="Rename the key" does="Rename key" act={act} onSubmit={rename}>
        <label>
          Name
          <input name="name" required autofocus autocomplete="off" defaultValue={name} />
        </label>
      </Form>
    </Dialog>
  )
}
