import { computed, signal } from '@preact/signals'

/** Where the page is. Views and their filters stand in the address, so that a link, back and forward find them again. */
const current = signal(new URL(location.href))

addEventListener('popstate', () => {
  current.value = new URL(location.href)
})

/** What stands behind /dashboard, in its parts: /dashboard/keys/abc is ['keys', 'abc']. */
export const place = computed(() =>
  current.value.pathname
    .split('/')
    .slice(2)
    .filter((part) => part !== '')
    .map(decoded),
)

export const filters = computed(() => current.value.searchParams)

/** @returns a filter of the address; undefined where it has none. */
export function filter(name: string): string | undefined {
  return filters.value.get(name) || undefined
}

/** The address of a view: to('keys', id). */
export function to(...parts: string[]): string {
  return ['/dashboard', ...parts.map(encodeURIComponent)].join('/')
}

export function go(address: string): void {
  history.pushState(null, '', address)
  current.value = new URL(location.href)
  scrollTo(0, 0)
}

/** As `go`, in the place of this one in the history. */
export function replaceWith(address: string): void {
  history.replaceState(null, '', address)
  current.value = new URL(location.href)
}

/** Changes filters in place; empty ones leave the address. */
export function setFilters(changes: Readonly<Record<string, string | undefined>>): void {
  const next = new URL(location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.searchParams.set(name, value)
    else next.searchParams.delete(name)
  }
  history.replaceState(null, '', next)
  current.value = next
}

/** Links of the page change the view without a new page. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return
  if (link.pathname !== '/dashboard' && !link.pathname.startsWith('/dashboard/')) return
  event.preventDefault()
  go(link.href)
}

// --- internal ---

/** An address that was cut in the middle of %C3%A9 names nothing that there is: it is shown as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
