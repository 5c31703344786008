import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf, STEP_KINDS } from '../../../src/workflows/steps/kinds.ts'

const STEPS = join(import.meta.dir, '../../../src/workflows/steps')

/** The step types that the vendor's pages, catalog and templates use. */
const VENDOR_TYPES =
  'action condition transform wait approval email slack agent data_table loop parallel subworkflow api code pdf workspace_files'

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

  test('knows a kind for every step type of the vendor', () => {
    const types: readonly string[] = STEP_KINDS.flatMap((rules) => [...rules.types])
    expect(VENDOR_TYPES.split(' ').filter((type) => !types.includes(type))).toEqual([])
  })

  test.each(['types', 'actions'] as const)('gives none of the %s to two kinds', (field) => {
    const all: readonly string[] = STEP_KINDS.flatMap((rules) => [...rules[field]])
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([])
  })

  test('takes a type or an action that no kind of ours has for a provider’s action', () => {
    expect(kindOf({ type: 'action', action: 'slack.sendMessage' })).toBe('action')
    expect(kindOf({ type: 'action', action: 'api.request' })).toBe('api.request')
  })
})
