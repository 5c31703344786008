import type { ViewProps } from '../view.ts'

export function TasksView({ id }: ViewProps) {
  return <h1>tasks {id}</h1>
}
