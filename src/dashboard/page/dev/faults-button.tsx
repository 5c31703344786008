import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { useLoaded } from '../parts/loaded.ts'
import { FaultsDialog } from './faults-dialog.tsx'

const ASKED_EVERY_MS = 2000

/** How many requests go wrong on purpose, and the way to all of it. */
export function FaultsButton() {
  const faults = useLoaded(() => admin.faults.list(), [], ASKED_EVERY_MS)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="plain" onClick={() => setOpen(true)}>
        Faults {faults.value?.length}
      </button>
      {isOpen && <FaultsDialog faults={faults} onClose={() => setOpen(false)} />}
    </>
  )
}
