import { useLayoutEffect, useRef } from 'preact/hooks'
import { viewKeys } from '../shortcuts.ts'

type Keys = (typeof viewKeys)['value']

/** What else keys do while a view is shown. */
export function useViewKeys(keys: Keys): void {
  const latest = useRef(keys)
  latest.current = keys
  // Before it is seen: a key that is pressed at once does what the view says.
  useLayoutEffect(() => {
    const act = (key: string) => () => latest.current[key]?.act()
    viewKeys.value = Object.fromEntries(
      Object.entries(keys).map(([key, { does }]) => [key, { does, act: act(key) }]),
    )
    return () => {
      viewKeys.value = {}
    }
  }, [])
}
