import { useEffect, useRef, useState } from 'preact/hooks'
import { Refusal } from '../operations.ts'

/** What a view has asked the server for. What was there stays while it is asked again. */
export type Loaded<T> = { value: T | undefined; refusal: Refusal | undefined; reload: () => Promise<void> }

/**
 * Asks at once, again when one of `on` changes, and then every so often while the page is seen.
 * @param everyMs left out: only then
 */
export function useLoaded<T>(load: () => Promise<T>, on: readonly unknown[], everyMs?: number): Loaded<T> {
  const [state, setState] = useState<{ value?: T; refusal?: Refusal }>({})
  // The answer to what was asked last counts, in whatever order they come.
  const asked = useRef(0)

  async function reload(): Promise<void> {
    asked.current += 1
    const mine = asked.current
    const next = await load().then(
      (value) => ({ value }),
      (error: unknown) => ({ refusal: refusalOf(error) }),
    )
    if (mine === asked.current) setState((before) => ({ ...before, refusal: undefined, ...next }))
  }

  useEffect(() => {
    void reload()
    return () => {
      asked.current += 1
    }
  }, on)
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(() => document.hidden || void reload(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, ...on])
  return { value: state.value, refusal: state.refusal, reload }
}

/** For whatever else was thrown: a defect of the page, in words. */
export function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('BROKEN', String(error))
}
