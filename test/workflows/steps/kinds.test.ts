import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createChecker } from '../../../src/http/validator.ts'
import { kindOf, STEP_KINDS } from '../../../src/workflows/steps/kinds.ts'
import { stepSchema } from '../../../src/workflows/steps/step-schema.ts'
import { step } from '../../helpers/definition.ts'

const STEPS = join(import.meta.dir, '../../../src/workflows/steps')

const checkStep = createChecker(stepSchema)

/** The step types that the vendor's pages, catalog and templates use, and the kind that each is of. */
const KIND_OF_TYPE = {
  action: 'action',
  agent: 'action',
  data_table: 'action',
  subworkflow: 'action',
  email: 'action',
  slack: 'action',
  pdf: 'action',
  workspace_files: 'action',
  api: 'api.request',
  approval: 'approval',
  condition: 'condition',
  transform: 'transform',
  code: 'code',
  wait: 'wait',
  loop: 'loop',
  parallel: 'parallel',
}

/** What a kind tells whichever way its steps are carried out, and what each way asks for besides. */
const ALWAYS = ['kind', 'types', 'actions', 'schema', 'problems', 'programs', 'formulas', 'mentions', 'way']
const BY_WAY = {
  performed: ['performer'],
  suspended: ['durationMs', 'request', 'output'],
  contained: ['bodies', 'isSplit', 'variables', 'mayWait'],
}

describe('the registry of step kinds', () => {
  test('has every kind that a file of steps/ declares, so that a new kind is one file and one line', () => {
    const declared = readdirSync(STEPS)
      .map((file) => readFileSync(join(STEPS, file), 'utf8'))
      .flatMap((text) => {
        const [, kind] =
          /\bexport const \w+: (?:Performed|Suspended|Contained)Kind<'([\w.-]+)'>/.exec(text) ?? []
        return kind === undefined ? [] : [kind]
      })
    expect(declared.length).toBeGreaterThan(0)
    expect(STEP_KINDS.map(({ kind }): string => kind).sort()).toEqual(declared.sort())
  })

  test('has each step type of the vendor in one kind, and no other type', () => {
    const listed = STEP_KINDS.flatMap(({ kind, types }) => types.map((type) => [type, kind]))
    expect(listed.sort()).toEqual(Object.entries(KIND_OF_TYPE).sort())
  })

  test('gives no action to two kinds', () => {
    const all: readonly string[] = STEP_KINDS.flatMap((rules) => [...rules.actions])
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([])
  })

  test.each(Object.entries(KIND_OF_TYPE))('takes a step of the type %s for the kind %s', (type, kind) => {
    expect(checkStep(step('s', type), '')).toEqual([])
    expect<string>(kindOf({ type })).toBe(kind)
  })

  test('takes an action that a kind of ours has for that kind, whatever is the type', () => {
    expect(kindOf({ type: 'action', action: 'api.request' })).toBe('api.request')
    expect(kindOf({ type: 'slack', action: 'approval.request' })).toBe('approval')
  })

  test('takes a type or an action that no kind of ours has for a provider’s action', () => {
    expect(kindOf({ type: 'action', action: 'slack.sendMessage' })).toBe('action')
    expect(kindOf({ type: 'teams' })).toBe('action')
  })

  test.each(STEP_KINDS.map((rules) => [rules.kind, rules] as const))(
    'has of the kind %s all that its way of being carried out asks for, and nothing of another way',
    (_, rules) => {
      expect(Object.keys(rules).sort()).toEqual([...ALWAYS, ...BY_WAY[rules.way]].sort())
      expect(rules.types).not.toEqual([])
      expect(createChecker(rules.schema())({ config: 'none' }, '')).not.toEqual([])
    },
  )
})

test('steps import of plans only the step, and nothing of runs and definitions', () => {
  const imports = readdirSync(STEPS).flatMap((file) =>
    [
      ...readFileSync(join(STEPS, file), 'utf8').matchAll(/from '\.\.\/((?:runs|definitions|plan)\/[^']+)'/g),
    ].map(([, path]) => path),
  )
  expect([...new Set(imports)]).toEqual(['plan/step.ts'])
})
