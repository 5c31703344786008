/**
 * What the expressions of a template see, by their first name: `CONTEXT_NAMES`, and in a loop its item and index
 * (workflows/README.md, "Templates"). `steps` holds each step's output by its id: {{steps.x.output.y}} and {{steps.x.y}}
 * both mean the output's `y`.
 */
export type TemplateContext = Readonly<Record<string, unknown>>

/** The first names that a template may read in every step of every workflow. */
export const CONTEXT_NAMES: readonly string[] = [
  ...['input', 'trigger', 'steps', 'variables', 'env', 'secrets', 'now'],
  ...['runId', 'run', 'workflow'],
]

/** What `run` holds, and `workflow`. */
export const RUN_FIELDS = ['id', 'startedAt', 'attempt'] as const
export const WORKFLOW_FIELDS = ['id', 'name', 'version'] as const
