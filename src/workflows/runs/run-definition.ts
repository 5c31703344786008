import type { Json } from '../../lib/json-object.ts'
import type { CanvasState, Step } from '../plan/step.ts'
import type { Variables } from '../plan/variables.ts'

/** What a version of a workflow says of its runs. */
export type RunDefinition = {
  name: string
  steps: readonly Step[]
  canvasState: CanvasState | null
  settings: Json | null
  variables: Variables | null
}
