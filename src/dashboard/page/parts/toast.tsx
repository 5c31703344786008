import { signal } from '@preact/signals'

const shown = signal<readonly { id: number; text: string }[]>([])

const SHOWN_MS = 5000

let count = 0

/** Tells what was done, for a moment. */
export function toast(text: string): void {
  count += 1
  const id = count
  shown.value = [...shown.value, { id, text }]
  setTimeout(() => {
    shown.value = shown.value.filter((one) => one.id !== id)
  }, SHOWN_MS)
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {shown.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  )
}
