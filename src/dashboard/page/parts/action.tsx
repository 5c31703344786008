import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Refusal } from '../operations.ts'
import { refusalOf } from './loaded.ts'
import { Problem } from './shown.tsx'

/** What a click does, once at a time, and what became of it. */
export type Act = {
  isBusy: boolean
  refusal: Refusal | null
  run: (work: () => Promise<unknown>) => Promise<void>
}

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  async function run(work: () => Promise<unknown>): Promise<void> {
    if (isBusy) return
    setBusy(true)
    setRefusal(null)
    try {
      await work()
    } catch (error) {
      setRefusal(refusalOf(error))
    }
    setBusy(false)
  }
  return { isBusy, refusal, run }
}

type Props = {
  title: string
  /** What the button says. */
  does: string
  isDangerous?: boolean
  act: Act
  onSubmit: (form: FormData) => Promise<unknown>
  children?: ComponentChildren
}

/** A form whose refusal stands in it, above its button. Nothing that was typed is lost. */
export function Form({ title, does, isDangerous, act, onSubmit, children }: Props) {
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        void act.run(() => onSubmit(form))
      }}
    >
      {children}
      <Problem of={act.refusal} />
      <button type="submit" class={isDangerous ? 'danger' : undefined} disabled={act.isBusy}>
        {does}
      </button>
    </form>
  )
}

/** @returns the text of a field; undefined where it was left empty. */
export function textOf(form: FormData, name: string): string | undefined {
  const value = form.get(name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
