import { useRef, useState } from 'preact/hooks'
import { NewAddress } from '../keys/new-address.tsx'
import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { Badge } from '../parts/badge.tsx'
import { Problem } from '../parts/shown.tsx'
import { toast } from '../parts/toast.tsx'
import { EndOverlap } from './end-overlap.tsx'
import type { ShownKey } from './key-view.tsx'
import { RenameKey } from './rename-key.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'

/** What each dialog of a key is given. */
export type KeyDialogProps = { of: ShownKey; onChanged: () => Promise<void>; onClose: () => void }

/** A key's name and status, and what can be done with it as it stands. */
export function KeyHead({ of: key, onChanged }: Pick<KeyDialogProps, 'of' | 'onChanged'>) {
  const [open, setOpen] = useState<keyof typeof DIALOGS | null>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const act = useAct()
  const Open = open && DIALOGS[open]

  async function changed(): Promise<void> {
    await onChanged()
    // What had the focus may be gone, such as the button that revokes.
    requestAnimationFrame(() => document.activeElement === document.body && title.current?.focus())
  }

  async function turn(): Promise<void> {
    const isDisabled = key.status === 'disabled'
    await (isDisabled ? admin.keys.enable({ id: key.id }) : admin.keys.disable({ id: key.id }))
    toast(isDisabled ? 'Enabled' : 'Disabled: it is refused from now on')
    await changed()
  }

  return (
    <>
      <div class="head">
        <h1 ref={title} tabIndex={-1}>
          {key.name} <Badge status={key.status} /> <NewAddress at={key.newAddressAt} />
        </h1>
        <Actions status={key.status} onOpen={setOpen} onTurn={() => act.run(turn)} />
      </div>
      <Problem of={act.refusal} />
      {Open && <Open of={key} onChanged={changed} onClose={() => setOpen(null)} />}
    </>
  )
}

// --- internal ---

const DIALOGS = { rotate: RotateKey, endOverlap: EndOverlap, rename: RenameKey, revoke: RevokeKey }

type ActionsProps = {
  status: ShownKey['status']
  onOpen: (dialog: keyof typeof DIALOGS) => void
  onTurn: () => void
}

function Actions({ status, onOpen, onTurn }: ActionsProps) {
  const isGood = status === 'active' || status === 'rotating'
  return (
    <div class="actions">
      {isGood && <Button does="Rotate" onClick={() => onOpen('rotate')} />}
      {status === 'rotating' && <Button does="End old secret" onClick={() => onOpen('endOverlap')} />}
      {(isGood || status === 'disabled') && <Button does={isGood ? 'Disable' : 'Enable'} onClick={onTurn} />}
      <Button does="Rename" onClick={() => onOpen('rename')} />
      {status !== 'revoked' && <Button does="Revoke" isDangerous onClick={() => onOpen('revoke')} />}
    </div>
  )
}

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
