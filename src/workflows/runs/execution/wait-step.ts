import { isoTime } from '../../../lib/instant.ts'
import { WAIT_MS_MAX, WAIT_UNIT_MS } from '../../plan/wait-units.ts'
import { isMissing, numberIn } from '../../steps/config-field.ts'
import { StepError } from '../../steps/step-work.ts'
import type { Waiting } from './suspending-step.ts'

/** `wait`: by the older page `duration` is in milliseconds; with a `unit` it counts those. */
export const wait: Waiting = {
  kind: 'wait',
  durationMs({ duration, unit }) {
    const factor = isMissing(unit) ? 1 : WAIT_UNIT_MS.get(typeof unit === 'string' ? unit : '')
    if (factor === undefined) {
      throw new StepError(
        'VALIDATION_ERROR',
        `The unit of a wait must be one of ${[...WAIT_UNIT_MS.keys()].join(', ')}`,
      )
    }
    const length = numberIn(duration)
    const lengthMs = length === null ? Number.NaN : length * factor
    if (!(lengthMs >= 0 && lengthMs <= WAIT_MS_MAX)) {
      throw new StepError('VALIDATION_ERROR', 'The duration of a wait must be a number, up to 365 days')
    }
    return Math.round(lengthMs)
  },
  request: () => null,
  output(answer, startedAt) {
    const waitedMs = answer.at - startedAt
    return { waited: waitedMs, completedAt: isoTime(answer.at), durationMs: waitedMs }
  },
}
