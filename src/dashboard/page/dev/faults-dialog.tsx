import { signal } from '@preact/signals'
import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import type { Loaded } from '../parts/loaded.ts'
import { Problem, Shown } from '../parts/shown.tsx'
import { FaultForm } from './fault-form.tsx'
import { answerWords, matchWords } from './fault-words.ts'

export type Fault = Awaited<ReturnType<typeof admin.faults.list>>[number]

/** Those that were turned off here, so that they can be turned on again; the server has forgotten them. */
const off = signal<readonly Fault[]>([])

type Props = { faults: Loaded<Fault[]>; onClose: () => void }

/** What goes wrong on purpose: turned on and off, and a new one. */
export function FaultsDialog({ faults, onClose }: Props) {
  const act = useAct()
  const then = (work: () => Promise<unknown>) => act.run(() => work().finally(faults.reload))
  return (
    <Dialog title="Faults" onClose={onClose}>
      <Shown of={faults}>
        {(standing) => <FaultList standing={standing} isBusy={act.isBusy} then={then} />}
      </Shown>
      <Problem of={act.refusal} />
      <details>
        <summary>Set a fault</summary>
        <FaultForm onSet={faults.reload} />
      </details>
    </Dialog>
  )
}

// --- internal ---

type ListProps = {
  standing: readonly Fault[]
  isBusy: boolean
  then: (work: () => Promise<unknown>) => Promise<void>
}

function FaultList({ standing, isBusy, then }: ListProps) {
  const rows = [
    ...standing.map((fault) => ({ fault, isOn: true })),
    ...off.value
      .filter(({ name }) => standing.every((one) => one.name !== name))
      .map((fault) => ({ fault, isOn: false })),
  ]
  return (
    <>
      <ul class="faults">
        {rows.map(({ fault, isOn }) => (
          <li key={fault.name}>
            <label>
              <input
                type="checkbox"
                role="switch"
                aria-checked={isOn}
                checked={isOn}
                disabled={isBusy}
                onChange={() => then(() => (isOn ? turnOff(fault) : turnOn(fault)))}
              />
              <strong>{fault.name}</strong> {answerWords(fault)}
            </label>
            <div class="muted">
              {matchWords(fault)}
              {isOn && `: struck ${fault.struck} of ${fault.matched}`}
            </div>
          </li>
        ))}
      </ul>
      {rows.length === 0 && <p class="muted">Nothing goes wrong on purpose.</p>}
      <button type="button" class="plain" disabled={isBusy} onClick={() => then(clear)}>
        Back to those the server starts with
      </button>
    </>
  )
}

async function turnOff(fault: Fault): Promise<void> {
  await admin.faults.delete({ name: fault.name })
  off.value = [...off.value.filter(({ name }) => name !== fault.name), fault]
}

async function turnOn({ name, match, answer, times, probability, seed }: Fault): Promise<void> {
  await admin.faults.set({ name, match, answer, times: times ?? undefined, probability, seed })
  off.value = off.value.filter((one) => one.name !== name)
}

async function clear(): Promise<void> {
  await admin.faults.clear()
  off.value = []
}
