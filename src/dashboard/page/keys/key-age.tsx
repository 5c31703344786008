import type { KeyView } from '../../../admin/key-view.ts'
import { Badge } from '../parts/badge.tsx'

/** Both vendors advise to rotate a key after 90 days; from 75 on there is time to do it calmly. */
export const DUE_SOON_DAYS = 75
export const DUE_DAYS = 90

/** How old a key's secret is; marked where it should be replaced, unless the key is of no use any more. */
export function KeyAge({ of: { ageDays, status } }: { of: Pick<KeyView, 'ageDays' | 'status'> }) {
  const words = `${ageDays} d`
  const isOver = status === 'revoked' || status === 'expired'
  if (isOver || ageDays < DUE_SOON_DAYS) return <span class={isOver ? 'muted' : undefined}>{words}</span>
  const isDue = ageDays >= DUE_DAYS
  return (
    <span title={isDue ? 'Rotate it: it is 90 days old' : 'Rotate it before it is 90 days old'}>
      <Badge status={words} tone={isDue ? 'bad' : 'waiting'} />
    </span>
  )
}
