import { Badge } from '../parts/badge.tsx'
import { exact } from '../parts/time.tsx'

/** Marks a key that came from an address for the first time. @param at when, within the last day; null: it did not */
export function NewAddress({ at }: { at: string | null }) {
  if (at === null) return null
  return (
    <span title={`It came from an address that it never came from before, first at ${exact(at)}`}>
      <Badge status="new address" tone="waiting" />
    </span>
  )
}
