import type { ViewProps } from '../view.ts'

export function RunsView({ id }: ViewProps) {
  return <h1>runs {id}</h1>
}
