import { signal } from '@preact/signals'
import { go, to } from './address.ts'

export const VIEWS = [
  { key: 'k', name: 'keys', title: 'Keys' },
  { key: 'r', name: 'requests', title: 'Requests' },
  { key: 'a', name: 'accounts', title: 'Accounts' },
  { key: 'w', name: 'workflows', title: 'Workflows' },
  { key: 'u', name: 'runs', title: 'Runs' },
  { key: 't', name: 'tasks', title: 'Tasks' },
  { key: 'l', name: 'audit', title: 'Audit' },
] as const

/** Whether the list of keys is shown. */
export const helpShown = signal(false)

/** Of a view: what else a key does, while it is shown. Set it in an effect, and take it away at its end. */
export const viewKeys = signal<Readonly<Record<string, { does: string; act: () => void }>>>({})

/** How long after `g` the second key may come, in ms. */
const SECOND_KEY_MS = 1500

let wentAt = Number.NEGATIVE_INFINITY

/** `/` looks for something, `g k` goes to the keys, `?` tells all of it. Who types in a field types. */
export function onKey(event: KeyboardEvent): void {
  const typing =
    event.target instanceof Element && event.target.closest('input, select, textarea, dialog[open]')
  if (typing || event.metaKey || event.ctrlKey || event.altKey) return
  const isSecond = event.timeStamp - wentAt < SECOND_KEY_MS
  wentAt = Number.NEGATIVE_INFINITY
  const view = isSecond && VIEWS.find(({ key }) => key === event.key)
  if (view) go(to(view.name))
  else if (event.key === 'g') wentAt = event.timeStamp
  else if (event.key === '?') helpShown.value = true
  else if (event.key === '/') document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
  else if (viewKeys.value[event.key]) viewKeys.value[event.key]?.act()
  else return
  event.preventDefault()
}
