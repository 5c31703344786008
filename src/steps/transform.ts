import type { Json } from '../flow/step.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { mapByRules } from './mapping-rules.ts'
import { runStepScript, SCRIPT_OUTPUT_BYTES_MAX, SCRIPT_TIMEOUT_MS_DEFAULT } from './script-work.ts'
import { StepError, type StepPerformer } from './step-work.ts'

/**
 * Makes data of data. All of the vendor's forms are taken side by side (facts/workflows-api.md 6.6), told apart
 * by their words, in this order:
 * `code` or `script`, run with `input`: the output is { result } ·
 * `sourceData` with `mappingRules`: the output is what the rules make of it ·
 * `mapping`, or else the config itself: keys and templates, and the output is the object that they give.
 */
export function createTransform(sandbox: Sandbox): StepPerformer {
  return {
    unresolved: ['code', 'script'],

    async perform(work) {
      const { config } = work
      const code = config.code ?? config.script
      if (typeof code === 'string') {
        const limits = { timeoutMs: SCRIPT_TIMEOUT_MS_DEFAULT, outputBytesMax: SCRIPT_OUTPUT_BYTES_MAX }
        return { result: (await runStepScript(sandbox, work, code, limits)).result }
      }
      if ('sourceData' in config || 'mappingRules' in config) return byRules(config)
      return byTemplates(config)
    },
  }
}

// --- internal ---

/** The words of the other forms. As keys of a form of keys and templates, they stand inside `mapping`. */
const WORDS = new Set([
  ...['code', 'script', 'input', 'language', 'action', 'sourceData', 'targetSchema', 'mappingRules'],
  ...['normalizations', 'validationRules', 'strict', 'mapping'],
])

/** Of the older form, only mapping is documented well enough to be done; nothing else is passed over in silence. */
function byRules(config: Json): unknown {
  const { action = 'transform', sourceData = null, mappingRules, strict } = config
  if (action !== 'transform' && action !== 'map') {
    throw refused('action', `must be transform or map: how ${JSON.stringify(action)} works is not documented`)
  }
  for (const name of ['normalizations', 'validationRules']) {
    if (!isNothing(config[name])) throw refused(name, 'is not supported: how it works is not documented')
  }
  if (mappingRules === undefined) throw refused('mappingRules', 'is required with sourceData')
  return mapByRules(sourceData, mappingRules, strict === true)
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

function byTemplates(config: Json): Json {
  const { mapping } = config
  if (mapping !== undefined) {
    if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) {
      throw refused('mapping', 'must be an object of keys and templates')
    }
    return { ...mapping }
  }
  const own = Object.entries(config).filter(([key]) => !WORDS.has(key))
  if (own.length === 0) throw refused('config', 'must have code, mapping or mappingRules')
  return Object.fromEntries(own)
}

function refused(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `${name} ${problem}`)
}
