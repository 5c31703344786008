import { useEffect } from 'preact/hooks'
import { ClockBar } from './clock-bar.tsx'
import { FaultsButton } from './faults-button.tsx'
import { ResetButton } from './reset-button.tsx'

/** As --dev in style.css: a tab of a server for development is told from others at a glance. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#b3470b"/>' +
    '<path d="M4 3h4a5 5 0 0 1 0 10H4z" fill="none" stroke="#fff" stroke-width="2"/></svg>',
)}`

/** Always in sight under --dev: what time it is for the server, and what goes wrong on purpose. */
export function DevBar() {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    const before = link?.href
    if (link) link.href = ICON
    return () => {
      if (link && before !== undefined) link.href = before
    }
  }, [])
  return (
    <aside class="dev-bar" aria-label="Development">
      <strong class="dev-name">DEV</strong>
      <ClockBar />
      <span class="actions">
        <FaultsButton />
        <ResetButton />
      </span>
    </aside>
  )
}
