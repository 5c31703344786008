import type { ViewProps } from '../view.ts'
import { Run } from './run.tsx'
import { RunList } from './run-list.tsx'

export function RunsView({ id }: ViewProps) {
  return id === undefined ? <RunList /> : <Run key={id} id={id} />
}
