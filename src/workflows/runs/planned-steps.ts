import { isWithin } from '../../lib/json-size.ts'
import { compilePlan, type Plan } from '../plan/plan.ts'
import type { Step } from '../plan/step.ts'
import type { RunDefinition } from './run-definition.ts'

/** The steps of a version as they were written, and in what order they run. */
export type PlannedSteps = { plan: Plan; steps: readonly Step[] }

/** Together some MiB at most. */
const KEPT_MAX = 100
const KEPT_CHARS_MAX = 16 * 1024

/**
 * @param definitionOf of a version that a run is of, which never changes: only a draft is changed in place, and none runs
 * @returns a version's steps and their plan, kept of small ones for whoever asks next. Throws what `definitionOf` throws.
 */
export function createPlannedSteps(
  definitionOf: (workflowId: string, version: number) => RunDefinition,
): (workflowId: string, version: number) => PlannedSteps {
  const kept = new Map<string, PlannedSteps>()

  return (workflowId, version) => {
    const name = `${workflowId} ${version}`
    const before = kept.get(name)
    if (before) return before
    const { steps, canvasState } = definitionOf(workflowId, version)
    const planned = { plan: compilePlan(steps, canvasState), steps }
    if (!isWithin([steps, canvasState], KEPT_CHARS_MAX)) return planned
    if (kept.size >= KEPT_MAX) kept.clear()
    kept.set(name, planned)
    return planned
  }
}
