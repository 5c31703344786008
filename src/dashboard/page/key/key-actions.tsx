import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { Problem } from '../parts/shown.tsx'
import { toast } from '../parts/toast.tsx'
import { EndOverlap } from './end-overlap.tsx'
import type { ShownKey } from './key-view.tsx'
import { RenameKey } from './rename-key.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'

/** What each dialog of a key is given. */
export type KeyDialogProps = { of: ShownKey; onChanged: () => Promise<void>; onClose: () => void }

/** What can be done with a key as it stands. */
export function KeyActions({ of: key, onChanged }: Pick<KeyDialogProps, 'of' | 'onChanged'>) {
  const [open, setOpen] = useState<keyof typeof DIALOGS | null>(null)
  const act = useAct()
  const Open = open && DIALOGS[open]
  const isGood = key.status === 'active' || key.status === 'rotating'
  const isDisabled = key.status === 'disabled'

  async function turn(): Promise<void> {
    await (isDisabled ? admin.keys.enable({ id: key.id }) : admin.keys.disable({ id: key.id }))
    toast(isDisabled ? 'Enabled' : 'Disabled: it is refused from now on')
    await onChanged()
  }

  return (
    <div class="actions">
      {isGood && <Button does="Rotate" onClick={() => setOpen('rotate')} />}
      {key.status === 'rotating' && <Button does="End old secret" onClick={() => setOpen('endOverlap')} />}
      {(isGood || isDisabled) && (
        <Button does={isDisabled ? 'Enable' : 'Disable'} onClick={() => act.run(turn)} />
      )}
      <Button does="Rename" onClick={() => setOpen('rename')} />
      {key.status !== 'revoked' && <Button does="Revoke" isDangerous onClick={() => setOpen('revoke')} />}
      <Problem of={act.refusal} />
      {Open && <Open of={key} onChanged={onChanged} onClose={() => setOpen(null)} />}
    </div>
  )
}

// --- internal ---

const DIALOGS = { rotate: RotateKey, endOverlap: EndOverlap, rename: RenameKey, revoke: RevokeKey }

function Button({
  does,
  isDangerous,
  onClick,
}: {
  does: string
  isDangerous?: boolean
  onClick: () => void
}) {
  return (
    <button type="button" class={isDangerous ? 'danger' : 'plain'} onClick={onClick}>
      {does}
    </button>
  )
}
