import { Type as t } from '@sinclair/typebox'
import type { Json } from '../../lib/json-object.ts'
import { inSlices, type SlicedWork } from '../../lib/sliced-work.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { booleanField, isTemplate } from './config-field.ts'
import { configOf, inConfig, orTemplate } from './config-schema.ts'
import type { PerformedKind } from './kind.ts'
import { mapByRules, mappingRulesProblem, mappingRulesSchema } from './mapping-rules.ts'
import { runStepScript, SCRIPT_OUTPUT_BYTES_MAX, SCRIPT_TIMEOUT_MS_DEFAULT } from './script-work.ts'
import { StepError, type StepPerformer, type StepWork } from './step-work.ts'

/** `transform`: data made of data. */
export const transform: PerformedKind<'transform'> = {
  kind: 'transform',
  types: ['transform'],
  actions: [],
  programs: ['code', 'script'],
  formulas: [],
  mentions: [],

  schema: () =>
    configOf({
      code: t.Optional(t.String({ minLength: 1 })),
      script: t.Optional(t.String({ minLength: 1 })),
      sourceData: t.Optional(t.Unknown()),
      mapping: t.Optional(orTemplate(t.Record(t.String(), t.Unknown()), 'an object')),
      mappingRules: t.Optional(mappingRulesSchema()),
    }),

  problems: ({ config }) => transformProblems(config).map(inConfig),
  way: 'performed',
  performer: ({ sandbox }) => createTransform(sandbox),
}

/**
 * Makes data of data. All of the vendor's forms are taken side by side (workflows/README.md, "Transforms"), told apart
 * by their words, in this order:
 * `code`, run with `input`: the output is { result } ·
 * `script`, run with `input`: the output is what it returns ·
 * `sourceData` with `mappingRules`: the output is what the rules make of it ·
 * `mapping`, or else the config itself: keys and templates, and the output is the object that they give.
 */
export function createTransform(sandbox: Sandbox): StepPerformer {
  return {
    async perform(work) {
      const { config } = work
      const { code, script } = config
      if (typeof code === 'string') return { result: await resultOf(sandbox, work, code) }
      if (typeof script === 'string') return resultOf(sandbox, work, script)
      if ('sourceData' in config || 'mappingRules' in config) return inSlices(byRules(config))
      return byTemplates(config)
    },
  }
}

/** What is wrong with the config as it is written; what a template gives is looked at when the step runs. */
function transformProblems(config: Json): { path: string; message: string }[] {
  const ways = WAYS.filter((way) => config[way] !== undefined)
  if (ways.length > 1) return [{ path: '', message: `must have only one of ${WAYS.join(', ')}` }]
  if (ways[0] === 'code' || ways[0] === 'script') return []
  const { action, sourceData, mappingRules } = config
  if (!isTemplate(action) && !isMapping(action))
    return [{ path: 'action', message: actionProblem(JSON.stringify(action).slice(0, 100)) }]
  if (sourceData === undefined && mappingRules === undefined) {
    const givesResult = config.mapping !== undefined || ownFields(config).length > 0
    const message = `must have one of ${WAYS.join(', ')}, or the fields of the result`
    return givesResult ? [] : [{ path: '', message }]
  }
  if (sourceData === undefined) return [{ path: 'sourceData', message: 'is required' }]
  if (mappingRules === undefined) return [{ path: 'mappingRules', message: 'is required with sourceData' }]
  const wrong = mappingRulesProblem(mappingRules)
  return [
    ...UNDOCUMENTED.filter((name) => !isNothing(config[name])).map((path) => ({
      path,
      message: UNSUPPORTED,
    })),
    ...(wrong ? [wrong] : []),
  ]
}

// --- internal ---

/** What says which of the forms it is; of a form of keys and templates without `mapping`, none does. */
const WAYS = ['code', 'script', 'sourceData', 'mapping']

/** What the older form may hold besides, of which nobody knows how it works. */
const UNDOCUMENTED = ['normalizations', 'validationRules']
const UNSUPPORTED = 'is not supported: how it works is not documented'

function isMapping(action: unknown): boolean {
  return action === undefined || action === 'transform' || action === 'map'
}

function actionProblem(action: string): string {
  return `must be transform or map: how ${action} works is not documented`
}

function ownFields(config: Json): [string, unknown][] {
  return Object.entries(config).filter(([key]) => !WORDS.has(key))
}

async function resultOf(sandbox: Sandbox, work: StepWork, program: string): Promise<unknown> {
  const limits = { timeoutMs: SCRIPT_TIMEOUT_MS_DEFAULT, outputBytesMax: SCRIPT_OUTPUT_BYTES_MAX }
  return (await runStepScript(sandbox, work, program, limits)).result
}

/** The words of the other forms. As keys of a form of keys and templates, they stand inside `mapping`. */
const WORDS = new Set([
  ...['code', 'script', 'input', 'language', 'action', 'sourceData', 'targetSchema', 'mappingRules'],
  ...['normalizations', 'validationRules', 'strict', 'mapping'],
])

/** Of the older form, only mapping is documented well enough to be done; nothing else is passed over in silence. */
function byRules(config: Json): SlicedWork<unknown> {
  const { action, sourceData = null, mappingRules } = config
  // Not cut: the message is shortened where the secrets are known.
  if (!isMapping(action)) throw refused('action', actionProblem(JSON.stringify(action)))
  for (const name of UNDOCUMENTED) if (!isNothing(config[name])) throw refused(name, UNSUPPORTED)
  if (mappingRules === undefined) throw refused('mappingRules', 'is required with sourceData')
  return mapByRules(sourceData, mappingRules, booleanField(config, 'strict', false))
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
  const own = ownFields(config)
  if (own.length === 0) throw refused('config', 'must have code, mapping or mappingRules')
  return Object.fromEntries(own)
}

function refused(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `${name} ${problem}`)
}
