/**
 * The arrow keys walk through the buttons of a group, of which Tab meets only the one that is `tabStop`: a group of five
 * hundred is left by one Tab.
 */
export function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-walked]')]
  const at = buttons.findIndex((button) => button.matches(':focus'))
  const next = nextOf(event.key, at, buttons.length)
  if (at < 0 || next === undefined) return
  event.preventDefault()
  buttons[Math.min(Math.max(next, 0), buttons.length - 1)]?.focus()
}

/** What a button of such a group has. */
export function walked(isTabStop: boolean) {
  return { 'data-walked': '', tabIndex: isTabStop ? 0 : -1 } as const
}

// --- internal ---

function nextOf(key: string, at: number, count: number): number | undefined {
  if (key === 'ArrowRight' || key === 'ArrowDown') return at + 1
  if (key === 'ArrowLeft' || key === 'ArrowUp') return at - 1
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
