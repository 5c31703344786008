import { signal } from '@preact/signals'

/** By the server's clock, which may be driven: what it is ahead of this machine's, in ms. */
export const aheadMs = signal(0)

/** Has all times drawn again; what is drawn in between may be younger. */
const now = signal(Date.now())
setInterval(() => {
  now.value = Date.now()
}, 10_000)

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })

/** How long ago, with the exact time on hover. @param at ISO 8601; null: it never was */
export function Time({ at, never = '–' }: { at: string | null; never?: string }) {
  if (at === null) return <span class="muted">{never}</span>
  return (
    <time dateTime={at} title={exact(at)}>
      {relativeTo(at, Math.max(now.value, Date.now()) + aheadMs.value)}
    </time>
  )
}

/** @returns "2026-11-28 18:04:05.123 UTC" */
export function exact(at: string): string {
  return at.replace('T', ' ').replace('Z', ' UTC')
}

function relativeTo(at: string, nowMs: number): string {
  const seconds = (Date.parse(at) - nowMs) / 1000
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit)
  }
  return Math.abs(seconds) < 5 ? 'now' : relative.format(Math.trunc(seconds), 'second')
}
