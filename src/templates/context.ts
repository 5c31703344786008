/**
 * What the expressions of a template see, by their first name: input, steps, variables, env, secrets, now, runId,
 * run, trigger, and in a loop its item and index (facts/workflows-api.md 7). `steps` holds each step's output by
 * its id: {{steps.x.output.y}} and {{steps.x.y}} both mean the output's `y` (design.md, 5).
 */
export type TemplateContext = Readonly<Record<string, unknown>>
