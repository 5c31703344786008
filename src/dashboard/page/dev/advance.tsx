import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Empty } from '../parts/empty.tsx'
import { Problem } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import { exact } from '../parts/time.tsx'

type AdvanceInput = Parameters<typeof admin.clock.advance>[0]
type Advanced = Awaited<ReturnType<typeof admin.clock.advance>>

const STEPS = [
  ['1m', '1 min'],
  ['1h', '1 h'],
  ['1d', '1 d'],
  ['31d', '31 d'],
] as const

/** Lets time pass at once, and tells what came due on the way. */
export function Advance({ onAdvanced }: { onAdvanced: () => Promise<void> }) {
  const act = useAct()
  const [isAsking, setAsking] = useState(false)
  const [advanced, setAdvanced] = useState<Advanced | null>(null)
  async function advance(input: AdvanceInput): Promise<void> {
    setAdvanced(null)
    await advanceAll(input, setAdvanced).finally(onAdvanced)
  }
  return (
    <>
      <span class="muted advance-label">Advance</span>
      {STEPS.map(([by, words]) => (
        <button
          key={by}
          type="button"
          class="plain"
          aria-label={`Advance ${words}`}
          disabled={act.isBusy}
          onClick={() => act.run(() => advance({ by }))}
        >
          +{words}
        </button>
      ))}
      <button type="button" class="plain" disabled={act.isBusy} onClick={() => setAsking(true)}>
        Other …
      </button>
      {act.isBusy && <span class="waiting-text">time is passing …</span>}
      {advanced && <CameDue of={advanced} />}
      <Problem of={act.refusal} />
      {isAsking && <AdvanceDialog onClose={() => setAsking(false)} advance={advance} />}
    </>
  )
}

// --- internal ---

type DialogProps = { onClose: () => void; advance: (input: AdvanceInput) => Promise<void> }

function AdvanceDialog({ onClose, advance }: DialogProps) {
  const act = useAct()
  async function submit(form: FormData): Promise<void> {
    await advance(inputOf(form))
    onClose()
  }
  return (
    <Dialog title="Advance the clock" onClose={onClose}>
      <Form title="Advance the clock" does="Advance" act={act} onSubmit={submit}>
        <label>
          By how much, or to what time
          <input name="time" required placeholder="90s, 12h, 45d, 2027-01-31T00:00:00Z" autocomplete="off" />
        </label>
        <small>Time only goes forward. Whatever is due on the way happens, in order.</small>
      </Form>
    </Dialog>
  )
}

/** What is neither is told of by the server. */
function inputOf(form: FormData): AdvanceInput {
  const text = textOf(form, 'time') ?? ''
  return /^\d{4}-/.test(text) ? { to: text } : { by: text }
}

/**
 * One call goes so far and no further: it goes on until the time has passed, or a whole call comes to nothing, as the command
 * does. @param tell told how far it came
 */
async function advanceAll(input: AdvanceInput, tell: (all: Advanced) => void) {
  let last = await admin.clock.advance(input)
  let fired = last.fired
  tell({ ...last, fired })
  while (last.remaining > 0 && last.fired.length > 0) {
    last = await admin.clock.advance({ by: last.remaining })
    fired = [...fired, ...last.fired]
    tell({ ...last, fired })
  }
}

/** More would not be read. */
const SHOWN_MAX = 500

function CameDue({ of }: { of: Advanced }) {
  const [isOpen, setOpen] = useState(false)
  const count = of.fired.length
  const words = count === 0 ? 'Nothing came due' : `${count.toLocaleString('en')} came due`
  return (
    <>
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        {of.remaining > 0 ? `Stopped: ${words.toLowerCase()}` : words}
      </button>
      {isOpen && (
        <Dialog title="What came due" onClose={() => setOpen(false)}>
          {of.remaining > 0 && <p role="status">{stopWords(of)}</p>}
          <SimpleTable
            label="What came due"
            columns={[
              { title: 'When', cell: ({ at }) => exact(at.slice(0, 19)) },
              { title: 'What', cell: ({ kind }) => kind },
              { title: 'Of', cell: ({ id }) => <code>{id}</code>, isWide: true },
            ]}
            rows={of.fired.slice(-SHOWN_MAX)}
            keyOf={({ at, kind, id }) => `${at} ${kind} ${id}`}
            empty={<Empty>Nothing came due on the way: no wait, no schedule, no end of a key.</Empty>}
          />
          {count > SHOWN_MAX && <p class="muted">The last {SHOWN_MAX} of them.</p>}
        </Dialog>
      )}
    </>
  )
}

function stopWords({ remaining, underWay }: Advanced): string {
  const what = underWay.map(({ kind, id }) => `${kind} ${id}`).join(', ')
  const why =
    what === '' ? 'what is due cannot happen; the log of the server tells why' : `${what} does not end`
  return `Time stopped before its end: ${why}. Advance by ${remaining}ms to go on.`
}
