import type { Static } from '@sinclair/typebox'
import { workflows } from '../../db/schema/workflows.ts'
import type { CanvasState, Json, Step } from '../plan/step.ts'
import type { Variables } from '../plan/variables.ts'
import type { createWorkflowBody } from './definition-schemas.ts'

export const WORKFLOW_STATUSES = workflows.status.enumValues

export type WorkflowStatus = (typeof WORKFLOW_STATUSES)[number]

export type Trigger = Static<typeof createWorkflowBody>['trigger'] & Json

/** What a version of a workflow fixes. */
export type Definition = {
  name: string
  description: string | null
  trigger: Trigger
  steps: Step[]
  inputSchema: Json | null
  outputSchema: Json | null
  settings: Json | null
  variables: Variables | null
  canvasState: CanvasState | null
}

export type Workflow = Definition & {
  id: string
  accountId: string
  status: WorkflowStatus
  version: number
  changeSummary: string | null
  /** When the current version became the current one, in ms. */
  versionedAt: number
  createdAt: number
  updatedAt: number
}

/** What a list shows of a workflow. */
export type WorkflowSummary = Pick<
  Workflow,
  'id' | 'name' | 'description' | 'status' | 'version' | 'trigger' | 'createdAt' | 'updatedAt'
>

export type WorkflowVersion = {
  version: number
  definition: Definition
  changeSummary: string | null
  createdAt: number
}
