import type { Json } from '../../lib/json-object.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { isMissing, numberIn } from './config-field.ts'
import {
  runStepScript,
  SCRIPT_OUTPUT_BYTES_MAX,
  SCRIPT_TIMEOUT_MS_DEFAULT,
  SCRIPT_TIMEOUT_MS_MAX,
  type ScriptLimits,
} from './script-work.ts'
import { StepError, type StepPerformer } from './step-work.ts'

/**
 * Runs the JavaScript or TypeScript of `code` with `input` (workflows/README.md, "Requests and code"). The output is what it
 * returns as `result`, and the lines of its console as `logs`.
 */
export function createCode(sandbox: Sandbox): StepPerformer {
  return {
    unresolved: ['code'],

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

/** `timeout` is cut to the sandbox's longest; what stands in `sandbox` is the sandbox's own, and checked. */
function limitsOf({ timeout, sandbox = {} }: Json): ScriptLimits {
  if (typeof sandbox !== 'object' || sandbox === null) throw refused('sandbox', 'must be an object')
  const own = Object.entries(sandbox)
  const { timeoutMs, maxOutputSize } = Object.fromEntries(own)
  const longest = within('sandbox.timeoutMs', timeoutMs, SCRIPT_TIMEOUT_MS_MAX) ?? SCRIPT_TIMEOUT_MS_MAX
  const asked = within('timeout', timeout, Number.MAX_SAFE_INTEGER)
  const unasked = timeoutMs === undefined ? SCRIPT_TIMEOUT_MS_DEFAULT : longest
  return {
    timeoutMs: Math.min(asked ?? unasked, longest),
    outputBytesMax:
      within('sandbox.maxOutputSize', maxOutputSize, SCRIPT_OUTPUT_BYTES_MAX) ?? SCRIPT_OUTPUT_BYTES_MAX,
  }
}

function within(name: string, value: unknown, most: number): number | undefined {
  if (isMissing(value)) return undefined
  const number = numberIn(value)
  if (number !== null && Number.isInteger(number) && number >= 1 && number <= most) return number
  throw refused(name, most < Number.MAX_SAFE_INTEGER ? `must be from 1 to ${most}` : 'must be at least 1')
}

function refused(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `${name} ${problem}`)
}
