import { PROBLEMS_MAX, refuseInvalid } from '../../errors.ts'
import { createChecker, createValidator } from '../../http/validator.ts'
import type { Problem } from '../../lib/problem.ts'
import { bulkProblems } from '../plan/bulk-problems.ts'
import { withDrawnLoops } from '../plan/drawn-loops.ts'
import { planProblems } from '../plan/plan-problems.ts'
import { variablesOf } from '../plan/variables.ts'
import { stepProblems } from '../steps/step-problems.ts'
import { canvasSchema } from './canvas-schema.ts'
import { cronProblem } from './cron.ts'
import type { Definition, Trigger } from './definition.ts'
import { INVALID_WORKFLOW, type ScheduleTrigger, triggerBodies } from './definition-schemas.ts'
import { settingsSchema } from './settings-schema.ts'

/**
 * What the schema of a body cannot say of a definition.
 * @param given what is to change; the rest holds already.
 * @param changed the whole definition as it would be.
 * @param ofSchemas what is wrong with its JSON Schemas, which are compiled elsewhere.
 * @throws INVALID_INPUT naming each field: steps[2].id, trigger.cron, canvasState.edges[0].target.
 */
export function refuseBadDefinition(
  given: Partial<Definition>,
  changed: Definition,
  ofSchemas: readonly Problem[],
): void {
  const { trigger, steps, settings, variables, canvasState } = given
  if (trigger) checkTrigger[trigger.type]({ trigger })
  const schedule = trigger ? scheduleOf(trigger) : null
  // What hangs together is looked at only where each part has its form.
  const isRedrawn = steps !== undefined || canvasState !== undefined
  const shape = canvasState ? checkCanvas({ canvasState }, '') : []
  refuseInvalid([...shape, ...(steps ? bulkProblems(steps) : [])], INVALID_WORKFLOW)
  const isWired = [steps, canvasState, settings, variables].some((part) => part !== undefined)
  const problems = [
    ...(trigger ? tokenProblems(trigger) : []),
    ...(schedule ? scheduleProblems(schedule) : []),
    ...(isRedrawn ? drawnStepProblems(changed) : []),
    ...(isWired ? planProblems(changed.steps, changed.canvasState, Object.keys(variablesOf(changed))) : []),
    ...ofSchemas,
    ...(settings ? checkSettings({ settings }, '') : []),
  ]
  refuseInvalid(problems.slice(0, PROBLEMS_MAX), INVALID_WORKFLOW)
}

/** @returns what a schedule's trigger says; null for a trigger of another type. @throws INVALID_INPUT */
export function scheduleOf(trigger: Trigger): ScheduleTrigger | null {
  return trigger.type === 'schedule' ? checkTrigger.schedule({ trigger }).trigger : null
}

// --- internal ---

/** Problems of steps, with what the canvas says of their loops. */
function drawnStepProblems({ steps, canvasState }: Definition): Problem[] {
  const drawn = withDrawnLoops(steps, canvasState)
  return stepProblems(drawn.steps).map(({ field, message }) => ({ field: drawn.fieldOf(field), message }))
}

const checkTrigger = {
  api: createValidator(triggerBodies.api),
  webhook: createValidator(triggerBodies.webhook),
  schedule: createValidator(triggerBodies.schedule),
  event: createValidator(triggerBodies.event),
  email: createValidator(triggerBodies.email),
  justpaid: createValidator(triggerBodies.justpaid),
  manual: createValidator(triggerBodies.manual),
}

const checkCanvas = createChecker(canvasSchema)
const checkSettings = createChecker(settingsSchema)

/** Where a caller would send a token is not documented; one that is kept and never asked for would protect nobody. */
function tokenProblems({ authToken }: Trigger): Problem[] {
  if (authToken === undefined || authToken === null || authToken === '') return []
  const message = 'is not supported: a custom webhook is protected by its path, which only its senders know'
  return [{ field: 'trigger.authToken', message }]
}

function scheduleProblems({ cron, interval, timezone }: ScheduleTrigger): Problem[] {
  const problems: Problem[] = []
  if ((cron === undefined) === (interval === undefined)) {
    problems.push({ field: 'trigger', message: 'must have exactly one of cron and interval' })
  }
  if (timezone !== undefined && !isTimezone(timezone)) {
    problems.push({ field: 'trigger.timezone', message: 'must be an IANA time zone such as Europe/Berlin' })
  }
  const wrong = cron === undefined ? null : cronProblem(cron)
  if (wrong !== null) problems.push({ field: 'trigger.cron', message: wrong })
  return problems
}

function isTimezone(timezone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: timezone }))
  } catch {
    return false
  }
}
