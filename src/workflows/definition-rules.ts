import { Cron } from 'croner'
import { type Problem, refuseInvalid } from '../errors.ts'
import type { Step } from '../flow/step.ts'
import { createValidator } from '../http/validator.ts'
import type { Trigger } from './definitions.ts'
import { INVALID_WORKFLOW, triggerBodies } from './schemas.ts'

const checkTrigger = {
  api: createValidator(triggerBodies.api),
  webhook: createValidator(triggerBodies.webhook),
  schedule: createValidator(triggerBodies.schedule),
}

/**
 * What a schema cannot say of a definition.
 * @throws INVALID_INPUT naming each field: steps[2].id, trigger.cron.
 */
export function refuseBadDefinition(trigger: Trigger | undefined, steps: readonly Step[] | undefined): void {
  if (trigger) checkTrigger[trigger.type]({ trigger })
  const problems = [
    ...(trigger?.type === 'schedule' ? scheduleProblems(trigger) : []),
    ...(steps ? duplicateSteps(steps) : []),
  ]
  refuseInvalid(problems, INVALID_WORKFLOW)
}

// --- internal ---

function duplicateSteps(steps: readonly Step[]): Problem[] {
  const firstWith = new Map<string, number>()
  const problems: Problem[] = []
  for (const [i, { id }] of steps.entries()) {
    const first = firstWith.get(id)
    if (first === undefined) firstWith.set(id, i)
    else problems.push({ field: `steps[${i}].id`, message: `is also the id of steps[${first}]` })
  }
  return problems
}

function scheduleProblems({ cron, interval, timezone }: Trigger): Problem[] {
  const problems: Problem[] = []
  if ((cron === undefined) === (interval === undefined)) {
    problems.push({ field: 'trigger', message: 'must have exactly one of cron and interval' })
  }
  if (timezone !== undefined && !isTimezone(timezone)) {
    problems.push({ field: 'trigger.timezone', message: 'must be an IANA time zone such as Europe/Berlin' })
  }
  if (cron !== undefined && !isCron(cron)) {
    problems.push({
      field: 'trigger.cron',
      message: 'must be five fields: minute, hour, day of month, month, day of week',
    })
  }
  return problems
}

function isTimezone(timezone: unknown): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: String(timezone) }))
  } catch {
    return false
  }
}

function isCron(cron: unknown): boolean {
  try {
    return Boolean(new Cron(String(cron), { mode: '5-part', paused: true }))
  } catch {
    return false
  }
}
