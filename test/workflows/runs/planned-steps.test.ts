import { expect, test } from 'bun:test'
import type { Step } from '../../../src/workflows/plan/step.ts'
import { createPlannedSteps } from '../../../src/workflows/runs/planned-steps.ts'

/** Versions of workflows, and how often one was asked for. */
function versions(stepsOf: (workflowId: string, version: number) => Step[]) {
  const asked: string[] = []
  const plannedSteps = createPlannedSteps((workflowId, version) => {
    asked.push(`${workflowId} ${version}`)
    const steps = stepsOf(workflowId, version)
    return { name: 'w', steps, canvasState: null, settings: null, variables: null }
  })
  return { asked, plannedSteps }
}

const step = (id: string, more = ''): Step => ({ id, type: 'code', config: { code: `1${more}` } })

test('a version’s steps are planned once, and those of another version or workflow are its own', () => {
  const { asked, plannedSteps } = versions((workflowId, version) => [step(`${workflowId}${version}`)])
  for (const [id, version] of [
    ['a', 1],
    ['a', 2],
    ['b', 1],
    ['a', 1],
    ['b', 1],
  ] as const) {
    const { plan, steps } = plannedSteps(id, version)
    expect(steps.map((one) => one.id)).toEqual([`${id}${version}`])
    expect(plan.nodes.map((node) => node.step.id)).toEqual([`${id}${version}`])
  }
  expect(asked).toEqual(['a 1', 'a 2', 'b 1'])
})

test('a large version is kept by nobody, nor are many', () => {
  const { asked, plannedSteps } = versions((id) => [step(id, ' '.repeat(id === 'large' ? 20_000 : 1))])
  plannedSteps('large', 1)
  plannedSteps('large', 1)
  expect(asked).toEqual(['large 1', 'large 1'])
  for (let version = 1; version <= 101; version++) plannedSteps('many', version)
  plannedSteps('many', 1)
  expect(asked.filter((name) => name === 'many 1')).toHaveLength(2)
})

test('a version that is not there is asked for again', () => {
  let isThere = false
  const { plannedSteps } = versions(() => {
    if (isThere) return [step('a')]
    throw new Error('not there')
  })
  expect(() => plannedSteps('a', 1)).toThrow('not there')
  isThere = true
  expect(plannedSteps('a', 1).steps).toHaveLength(1)
})
