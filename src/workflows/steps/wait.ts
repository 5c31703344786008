import { Type as t } from '@sinclair/typebox'
import { oneOf } from '../../http/one-of.ts'
import { DAY_MS, HOUR_MS } from '../../lib/duration.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Json } from '../../lib/json-object.ts'
import { isMissing, numberIn } from './config-field.ts'
import { configOf, number, orNothing, orTemplate } from './config-schema.ts'
import type { SuspendedKind } from './kind.ts'
import { StepError } from './step-work.ts'
import { WAIT_MAX, WAIT_MS_MAX } from './suspension.ts'

/** `wait`: by the older page `duration` is in milliseconds; with a `unit` it counts those. */
export const wait: SuspendedKind<'wait'> = {
  kind: 'wait',
  types: ['wait'],
  actions: [],
  programs: [],
  formulas: [],
  mentions: [],

  schema: () =>
    configOf({
      duration: orTemplate(
        number((value) => value >= 0, 'a number', { minimum: 0 }),
        'a number that is not negative',
      ),
      unit: t.Optional(orNothing(oneOf(UNITS), `one of ${UNITS.join(', ')}`)),
    }),

  problems({ config }) {
    // With a template in it, it is NaN or of no unit, and looked at when that has been filled in.
    const tooLong = (lengthMs(config) ?? 0) > WAIT_MS_MAX
    return tooLong ? [{ field: 'config.duration', message: `must be at most ${WAIT_MAX}` }] : []
  },

  way: 'suspended',

  durationMs(config) {
    const lasting = lengthMs(config)
    if (lasting === null) throw invalid(`The unit of a wait must be one of ${UNITS.join(', ')}`)
    if (!(lasting >= 0 && lasting <= WAIT_MS_MAX)) {
      throw invalid(`The duration of a wait must be a number, up to ${WAIT_MAX}`)
    }
    return Math.round(lasting)
  },

  request: () => null,

  output(answer, startedAt) {
    const waitedMs = answer.at - startedAt
    return { waited: waitedMs, completedAt: isoTime(answer.at), durationMs: waitedMs }
  },
}

// --- internal ---

/** What the duration may count, in ms. A day is 24 hours. */
const UNIT_MS: ReadonlyMap<unknown, number> = new Map([
  ['milliseconds', 1],
  ['seconds', 1000],
  ['minutes', 60_000],
  ['hours', HOUR_MS],
  ['days', DAY_MS],
])

const UNITS = [...UNIT_MS.keys()].map(String)

/** @returns in ms; NaN where the duration is no number; null where the unit is not known. */
function lengthMs({ duration, unit }: Json): number | null {
  const unitMs = isMissing(unit) ? 1 : UNIT_MS.get(unit)
  return unitMs === undefined ? null : (numberIn(duration) ?? Number.NaN) * unitMs
}

function invalid(message: string): StepError {
  return new StepError('VALIDATION_ERROR', message)
}
