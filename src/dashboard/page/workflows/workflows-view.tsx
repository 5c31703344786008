import type { ViewProps } from '../view.ts'
import { Workflow } from './workflow.tsx'
import { WorkflowList } from './workflow-list.tsx'

export function WorkflowsView({ id }: ViewProps) {
  return id === undefined ? <WorkflowList /> : <Workflow key={id} id={id} />
}
