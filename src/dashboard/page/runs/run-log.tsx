import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { LogLines } from './log-lines.tsx'
import type { RunDetails } from './run.tsx'

/** The last so many are asked for. */
const LINES = 500

/** What all attempts of all steps have written, for who asks for it. */
export function RunLog({ run }: { run: RunDetails }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="card" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Log of all steps and attempts</summary>
      {isOpen && <Lines run={run} />}
    </details>
  )
}

// --- internal ---

const LIVE_MS = 2000

function Lines({ run: { id, status, completedAt } }: { run: RunDetails }) {
  const load = () => admin.runs.logs({ id, limit: LINES })
  const lines = useLoaded(load, [id, status], completedAt === null ? LIVE_MS : undefined)
  return (
    <Shown of={lines}>
      {(list) => (list.length > 0 ? <LogLines of={list} /> : <p class="muted">Nothing was written.</p>)}
    </Shown>
  )
}
