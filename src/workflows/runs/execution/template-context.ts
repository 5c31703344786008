import { isoTime } from '../../../lib/instant.ts'
import type { Json } from '../../../lib/json-object.ts'
import { inSlices } from '../../../lib/sliced-work.ts'
import type { Step } from '../../plan/step.ts'
import { variablesOf } from '../../plan/variables.ts'
import { rulesOf, unresolvedFields } from '../../steps/kinds.ts'
import type { RUN_FIELDS, TemplateContext, WORKFLOW_FIELDS } from '../../templates/context.ts'
import { createRenderer } from '../../templates/render.ts'
import type { RunContext } from './run-context.ts'
import type { Scope } from './scope.ts'

/** What templates see. @param nowMs the time that `now` tells. */
export function templateContext(context: RunContext, scope: Scope, nowMs: number): TemplateContext {
  const { run, definition, env, secrets } = context
  return {
    input: run.input,
    trigger: run.trigger,
    steps: Object.fromEntries(scope.outputs),
    variables: variablesOf(definition),
    env,
    secrets,
    now: isoTime(nowMs),
    runId: run.id,
    run: {
      id: run.id,
      startedAt: isoTime(run.startedAt),
      attempt: run.attempt,
    } satisfies Fields<typeof RUN_FIELDS>,
    workflow: {
      id: run.workflowId,
      name: definition.name,
      version: run.workflowVersion,
    } satisfies Fields<typeof WORKFLOW_FIELDS>,
    ...scope.variables,
  }
}

type Fields<Names extends readonly string[]> = Record<Names[number], unknown>

/** A step's config with its templates resolved, but for what its kind works out itself. Rejects with TemplateError. */
export async function resolveConfig(step: Step, context: TemplateContext): Promise<Json> {
  const unresolved = unresolvedFields(rulesOf(step))
  const render = createRenderer(context)
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(step.config)) {
    entries.push([name, unresolved.includes(name) ? value : await inSlices(render(value))])
  }
  return Object.fromEntries(entries)
}
