import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { Command } from '../parts/command.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Problem } from '../parts/shown.tsx'
import { saveFile } from './save-file.ts'

type Verified = Pick<Awaited<ReturnType<typeof admin.audit.verify>>, 'checked' | 'faults' | 'last'>

/** Verifies the trail, and saves it as a file. */
export function AuditActions() {
  const verifying = useAct()
  const exporting = useAct()
  const [verified, setVerified] = useState<Verified | null>(null)
  const [exported, setExported] = useState(0)
  return (
    <>
      <button
        type="button"
        class="plain"
        disabled={verifying.isBusy}
        onClick={() => verifying.run(() => verifyAll(setVerified))}
      >
        {verifying.isBusy && verified ? `Verified ${verified.checked.toLocaleString('en')} …` : 'Verify'}
      </button>
      <button
        type="button"
        class="plain"
        disabled={exporting.isBusy}
        onClick={() => exporting.run(() => exportAll(setExported))}
      >
        {exporting.isBusy ? `Read ${exported.toLocaleString('en')} …` : 'Export'}
      </button>
      <Problem of={verifying.refusal ?? exporting.refusal} />
      {verified && !verifying.isBusy && <Result of={verified} onClose={() => setVerified(null)} />}
    </>
  )
}

// --- internal ---

/** Of each call the server does some 200 ms of work. @param tell told how far it came, and at last what was found */
async function verifyAll(tell: (verified: Verified) => void): Promise<void> {
  let part = await admin.audit.verify({})
  let { checked, faults } = part
  tell({ checked, faults, last: part.last })
  while (part.next !== null) {
    part = await admin.audit.verify({ after: part.next })
    checked += part.checked
    faults = [...faults, ...part.faults]
    tell({ checked, faults, last: part.last })
  }
}

/** As `keyward admin audit export` prints it: a change a line, the oldest first. */
async function exportAll(tell: (count: number) => void): Promise<void> {
  const parts: Blob[] = []
  let count = 0
  for (let after = 0; ; ) {
    const entries = await admin.audit.export({ after })
    const last = entries.at(-1)
    if (!last) break
    parts.push(new Blob(entries.map((entry) => `${JSON.stringify(entry)}\n`)))
    after = last.seq
    count += entries.length
    tell(count)
  }
  saveFile(new Blob(parts, { type: 'application/jsonl' }), 'audit.jsonl')
}

/** More are told of by the command. */
const SHOWN_MAX = 200

function Result({ of: { checked, faults, last }, onClose }: { of: Verified; onClose: () => void }) {
  const rows = `${checked.toLocaleString('en')} ${checked === 1 ? 'row' : 'rows'}`
  if (faults.length > 0)
    return (
      <Dialog title="The audit trail is not whole" onClose={onClose}>
        <ul class="problem" role="alert">
          {faults.slice(0, SHOWN_MAX).map(({ seq, problem }) => (
            <li key={`${seq} ${problem}`}>
              row {seq} {problem}
            </li>
          ))}
          {faults.length > SHOWN_MAX && <li>and {faults.length - SHOWN_MAX} more</li>}
        </ul>
        <p>{rows} were verified.</p>
      </Dialog>
    )
  return (
    <Dialog title="The audit trail is whole" onClose={onClose}>
      <p>
        {rows}, each as it was written and each after the one before it. Keep this line elsewhere: run later,
        it shows also a trail that was made anew.
      </p>
      <Command text={`keyward admin audit verify --noted ${last.seq}:${last.hash}`} />
    </Dialog>
  )
}
