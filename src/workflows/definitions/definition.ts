import { workflows } from '../../db/schema/workflows.ts'
import type { Json } from '../../lib/json-object.ts'
import type { CanvasState, Step } from '../plan/step.ts'
import type { Variables } from '../plan/variables.ts'
import type { Trigger } from './trigger.ts'

export const WORKFLOW_STATUSES = workflows.status.enumValues

export type WorkflowStatus = (typeof WORKFLOW_STATUSES)[number]

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

/** What a client says of a new one, its form checked but not yet its sense; of its trigger only the type. */
export type NewDefinition = Pick<Definition, 'name' | 'steps'> &
  Partial<Omit<Definition, 'name' | 'steps' | 'trigger'>> & { trigger: { type: Trigger['type'] } }

/** Left out: as it was. */
export type DefinitionUpdate = Partial<Omit<NewDefinition, 'canvasState'>> & { changeSummary?: string }

/** What Studio has drawn, and the steps with it where they are given; null: nothing is drawn. */
export type Drawing = { canvasState: CanvasState | null; steps?: Step[]; changeSummary?: string }

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
