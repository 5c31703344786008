import type { ViewProps } from '../view.ts'

export function WorkflowsView({ id }: ViewProps) {
  return <h1>workflows {id}</h1>
}
