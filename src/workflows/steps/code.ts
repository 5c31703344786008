import { Type as t } from '@sinclair/typebox'
import { oneOf } from '../../http/one-of.ts'
import type { Json } from '../../lib/json-object.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { isMissing, type WholeNumbers, wholeNumberIn } from './config-field.ts'
import { configOf, number, orNothing, wholeNumber } from './config-schema.ts'
import type { PerformedKind } from './kind.ts'
import {
  runStepScript,
  SCRIPT_OUTPUT_BYTES_MAX,
  SCRIPT_TIMEOUT_MS_DEFAULT,
  SCRIPT_TIMEOUT_MS_MAX,
  type ScriptLimits,
} from './script-work.ts'
import { StepError, type StepPerformer } from './step-work.ts'

/** As long as anybody likes: it is cut to the longest that the sandbox takes. */
const TIMEOUT_MS = { min: 1, max: Number.MAX_SAFE_INTEGER }

const SANDBOX_TIMEOUT_MS = { min: 1, max: SCRIPT_TIMEOUT_MS_MAX }
const OUTPUT_BYTES = { min: 1, max: SCRIPT_OUTPUT_BYTES_MAX }

/** `code`: a program of the workflow's own. */
export const code: PerformedKind<'code'> = {
  kind: 'code',
  types: ['code'],
  actions: [],
  programs: ['code'],
  formulas: [],
  mentions: [],

  schema: () =>
    configOf({
      code: t.String({ minLength: 1 }),
      language: t.Optional(oneOf(['javascript', 'typescript'])),
      timeout: t.Optional(
        orNothing(
          number((value) => wholeNumberIn(value, TIMEOUT_MS) !== null, 'a time', { minimum: TIMEOUT_MS.min }),
          'a whole number of at least 1',
        ),
      ),
      sandbox: t.Optional(
        t.Object({
          timeoutMs: t.Optional(wholeNumber(SANDBOX_TIMEOUT_MS)),
          maxOutputSize: t.Optional(wholeNumber(OUTPUT_BYTES)),
        }),
      ),
    }),

  problems: () => [],
  way: 'performed',
  performer: ({ sandbox }) => createCode(sandbox),
}

/**
 * Runs the JavaScript or TypeScript of `code` with `input` (workflows/README.md, "Requests and code"). The output is what it
 * returns as `result`, and the lines of its console as `logs`.
 */
export function createCode(sandbox: Sandbox): StepPerformer {
  return {
    async perform(work) {
      const { code, language = 'javascript' } = work.config
      if (typeof code !== 'string' || code.trim() === '') throw refused('code', 'must be a text')
      if (language !== 'javascript' && language !== 'typescript') {
        throw refused('language', 'must be javascript or typescript')
      }
      const { result, logs } = await runStepScript(sandbox, work, code, limitsOf(work.config))
      return { result, logs: logs.map(({ message }) => message) }
    },
  }
}

// --- internal ---

/** What stands in `sandbox` is the sandbox's own, and checked. */
function limitsOf({ timeout, sandbox = {} }: Json): ScriptLimits {
  if (typeof sandbox !== 'object' || sandbox === null) throw refused('sandbox', 'must be an object')
  const own = Object.entries(sandbox)
  const { timeoutMs, maxOutputSize } = Object.fromEntries(own)
  const longest = within('sandbox.timeoutMs', timeoutMs, SANDBOX_TIMEOUT_MS) ?? SCRIPT_TIMEOUT_MS_MAX
  const asked = within('timeout', timeout, TIMEOUT_MS)
  const unasked = timeoutMs === undefined ? SCRIPT_TIMEOUT_MS_DEFAULT : longest
  return {
    timeoutMs: Math.min(asked ?? unasked, longest),
    outputBytesMax: within('sandbox.maxOutputSize', maxOutputSize, OUTPUT_BYTES) ?? SCRIPT_OUTPUT_BYTES_MAX,
  }
}

function within(name: string, value: unknown, range: WholeNumbers): number | undefined {
  if (isMissing(value)) return undefined
  const number = wholeNumberIn(value, range)
  if (number !== null) return number
  const { min, max } = range
  throw refused(name, range === TIMEOUT_MS ? `must be at least ${min}` : `must be from ${min} to ${max}`)
}

function refused(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `${name} ${problem}`)
}
