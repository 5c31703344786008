import type { ViewProps } from '../view.ts'

export function AuditView({ id }: ViewProps) {
  return <h1>audit {id}</h1>
}
