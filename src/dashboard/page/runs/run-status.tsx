import { Badge } from '../parts/badge.tsx'

/** Of a run or of its steps. One that waits for a person is no failure. */
export function RunStatus({ status }: { status: string }) {
  return <Badge status={status} tone={status === 'suspended' ? 'waiting' : undefined} />
}
