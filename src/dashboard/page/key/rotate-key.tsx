import { useState } from 'preact/hooks'
import { DAY_MS, HOUR_MS } from '../../../lib/duration.ts'
import { type NewSecret, SecretShown } from '../keys/secret-shown.tsx'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import type { KeyDialogProps } from './key-actions.tsx'

const OVERLAPS = { '1 hour': HOUR_MS, '24 hours': DAY_MS, '7 days': 7 * DAY_MS }

/** Gives a key a new secret, and shows it in the same place. */
export function RotateKey({ of: key, onChanged, onClose }: KeyDialogProps) {
  const [made, setMade] = useState<NewSecret | null>(null)
  const act = useAct()

  async function rotate(form: FormData): Promise<void> {
    const overlapMs = Number(textOf(form, 'overlapMs') ?? 0)
    setMade(await admin.keys.rotate({ id: key.id, overlapMs }))
    await onChanged()
  }

  if (made)
    return (
      <Dialog key="made" title={`New secret of “${key.name}”`} onClose={onClose}>
        <SecretShown made={made} onDone={onClose} />
      </Dialog>
    )
  return (
    <Dialog title={`Rotate “${key.name}”`} onClose={onClose}>
      <Form title="Rotate the key" does="Rotate key" act={act} onSubmit={rotate}>
        <p>The key gets a new secret; its id, name, scopes, usage and limits stay.</p>
        <label>
          The old secret goes on for
          <select name="overlapMs" defaultValue={String(DAY_MS)}>
            <option value="0">no time: it is refused at once</option>
            {Object.entries(OVERLAPS).map(([words, ms]) => (
              <option key={words} value={ms}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {key.status === 'rotating' && (
          <p class="warning">The secret before this one goes on until now, and ends with this rotation.</p>
        )}
      </Form>
    </Dialog>
  )
}
