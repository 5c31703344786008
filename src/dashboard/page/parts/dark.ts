import { useEffect, useState } from 'preact/hooks'

/** Whether the page is dark, for what is painted and not styled. */
export function useDark(): boolean {
  const [isDark, setDark] = useState(PREFERENCE.matches)
  useEffect(() => {
    const changed = () => setDark(PREFERENCE.matches)
    PREFERENCE.addEventListener('change', changed)
    return () => PREFERENCE.removeEventListener('change', changed)
  }, [])
  return isDark
}

// --- internal ---

const PREFERENCE = matchMedia('(prefers-color-scheme: dark)')
