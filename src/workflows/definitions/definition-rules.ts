import { PROBLEMS_MAX, refuseInvalid } from '../../errors.ts'
import { createChecker, createValidator } from '../../http/validator.ts'
import { isObject } from '../../lib/json-object.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'
import type { Problem } from '../../lib/problem.ts'
import { bulkProblems } from '../plan/bulk-problems.ts'
import { withDrawnLoops } from '../plan/drawn-loops.ts'
import { planProblems } from '../plan/plan-problems.ts'
import { variablesOf } from '../plan/variables.ts'
import { stepProblems } from '../steps/step-problems.ts'
import { canvasSchema } from './canvas-schema.ts'
import { cronProblem } from './cron.ts'
import type { Definition } from './definition.ts'
import { INVALID_WORKFLOW } from './definition-schemas.ts'
import { settingsSchema } from './settings-schema.ts'
import { type ScheduleTrigger, type Trigger, triggerSchemas } from './trigger.ts'

/** @returns a trigger as its type wants it. @throws INVALID_INPUT naming each field: trigger.events[0]. */
export function readTrigger(trigger: { type: Trigger['type'] }): Trigger {
  return READERS[trigger.type](trigger)
}

/**
 * What the schemas cannot say of a definition.
 * @param given which fields are to change; the rest holds already.
 * @param changed the whole definition as it would be.
 * @param ofSchemas what is wrong with its JSON Schemas, which are compiled elsewhere.
 * @throws INVALID_INPUT naming each field: steps[2].id, trigger.cron, canvasState.edges[0].target.
 */
export function refuseBadDefinition(
  given: { [field in keyof Definition]?: unknown },
  changed: Definition,
  ofSchemas: readonly Problem[],
): void {
  const { trigger, steps, settings, canvasState } = changed
  const isGiven = (...fields: (keyof Definition)[]) => fields.some((field) => given[field] !== undefined)
  // What hangs together is looked at only where each part has its form.
  refuseInvalid(
    [
      ...(isGiven('canvasState') && canvasState ? checkCanvas(canvasState, '/canvasState') : []),
      ...(isGiven('steps') ? bulkProblems(steps) : []),
    ],
    INVALID_WORKFLOW,
  )
  const isWired = isGiven('steps', 'canvasState', 'settings', 'variables')
  const problems = [
    ...(isGiven('trigger') ? triggerProblems(trigger) : []),
    ...(isGiven('steps', 'canvasState') ? drawnStepProblems(changed) : []),
    ...(isWired ? planProblems(steps, canvasState, Object.keys(variablesOf(changed))) : []),
    ...ofSchemas,
    ...(isGiven('settings', 'variables') ? variableProblems(changed) : []),
    ...(isGiven('settings') && settings ? checkSettings(settings, '/settings') : []),
  ]
  refuseInvalid(problems.slice(0, PROBLEMS_MAX), INVALID_WORKFLOW)
}

// --- internal ---

/** Problems of steps, with what the canvas says of their loops. */
function drawnStepProblems({ steps, canvasState }: Definition): Problem[] {
  const drawn = withDrawnLoops(steps, canvasState)
  return stepProblems(drawn.steps).map(({ field, message }) => ({ field: drawn.fieldOf(field), message }))
}

/** Names of variables that are too long, where they are in a map; those in a list are checked by the schema. */
function variableProblems({ settings, variables }: Definition): Problem[] {
  const declared = Object.entries({ variables, 'settings.variables': settings?.variables })
  return declared.flatMap(([field, byName]) => {
    if (!isObject(byName) || Object.keys(byName).every((name) => name.length <= NAME_LENGTH_MAX)) return []
    return [{ field, message: `must have names of at most ${NAME_LENGTH_MAX} characters` }]
  })
}

const IN_TRIGGER = { place: '/trigger', summary: INVALID_WORKFLOW }

const READERS = {
  api: createValidator(triggerSchemas.api, IN_TRIGGER),
  webhook: createValidator(triggerSchemas.webhook, IN_TRIGGER),
  schedule: createValidator(triggerSchemas.schedule, IN_TRIGGER),
  event: createValidator(triggerSchemas.event, IN_TRIGGER),
  email: createValidator(triggerSchemas.email, IN_TRIGGER),
  justpaid: createValidator(triggerSchemas.justpaid, IN_TRIGGER),
  manual: createValidator(triggerSchemas.manual, IN_TRIGGER),
}

const checkCanvas = createChecker(canvasSchema)
const checkSettings = createChecker(settingsSchema)

function triggerProblems(trigger: Trigger): Problem[] {
  return [
    ...sizeProblems(trigger),
    ...tokenProblems(trigger),
    ...(trigger.type === 'schedule' ? scheduleProblems(trigger) : []),
  ]
}

/**
 * Whoever sends a webhook needs no key, and the events of each trigger that waits for it are read. The schemas do not bound a
 * trigger, since unknown fields are kept. 100 events with names of 150 letters fit.
 */
const TRIGGER_KIB_MAX = 16

function sizeProblems(trigger: Trigger): Problem[] {
  if (Buffer.byteLength(JSON.stringify(trigger)) <= TRIGGER_KIB_MAX * 1024) return []
  return [{ field: 'trigger', message: `must not be larger than ${TRIGGER_KIB_MAX} KiB as JSON` }]
}

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
