import type { ViewProps } from '../view.ts'

export function RequestsView({ id }: ViewProps) {
  return <h1>requests {id}</h1>
}
