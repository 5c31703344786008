import { describe, expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { withDrawnLoops } from '../../../src/workflows/plan/drawn-loops.ts'
import { planProblems } from '../../../src/workflows/plan/plan-problems.ts'
import { plain, step } from '../../helpers/definition.ts'

const loops = (each: Json) => ({ loops: { each } })
const drawnConfig = (config: Json, each: Json) =>
  withDrawnLoops([step('each', 'loop', config)], loops(each)).steps[0]?.config

describe('what the canvas says of a loop', () => {
  const studio = { id: 'each', nodes: [], iterations: 5, loopType: 'for', forEachItems: '' }

  test.each<[string, Json, Json, Json]>([
    ['counts where the config says nothing', {}, studio, { loopType: 'for', iterations: 5 }],
    [
      'counts with its list',
      { itemVariable: 'x' },
      { loopType: 'forEach', forEachItems: '{{input.list}}', iterations: 5 },
      { itemVariable: 'x', loopType: 'forEach', collection: '{{input.list}}' },
    ],
    ['tells the type by its list', {}, { forEachItems: [1] }, { loopType: 'forEach', collection: [1] }],
    ['tells the type by its number', {}, { iterations: 2 }, { loopType: 'for', iterations: 2 }],
    ['is nothing where the config has a list', { collection: [1] }, studio, { collection: [1] }],
    ['is nothing where the config counts', { iterations: 3 }, studio, { iterations: 3 }],
    [
      'is nothing where the config has a condition',
      { loopType: 'while', whileCondition: '{{x}}' },
      studio,
      { loopType: 'while', whileCondition: '{{x}}' },
    ],
    [
      'completes the type that the config names',
      { loopType: 'for' },
      { ...studio, loopType: 'forEach' },
      { loopType: 'for', iterations: 5 },
    ],
    ['may be left out', {}, { nodes: [] }, {}],
    [
      'counts where the fields of the config are empty',
      { collection: '', loopType: null },
      { forEachItems: [1] },
      { collection: [1], loopType: 'forEach' },
    ],
  ])('%s', (_, config, drawn, expected) => {
    expect(drawnConfig(config, drawn)).toEqual(expected)
  })

  test('is nothing to a step that is no loop, and to a loop that it does not name', () => {
    const steps = [...plain('each'), step('other', 'loop')]
    expect(withDrawnLoops(steps, loops(studio)).steps).toEqual(steps)
    expect(withDrawnLoops(steps, null).steps).toEqual(steps)
  })

  test('is refused by its field where it is wrong', () => {
    const drawn = loops({ loopType: 'forEach', forEachItems: ['{{steps.none}}'] })
    expect(planProblems([step('each', 'loop')], drawn)).toEqual([
      { field: 'canvasState.loops.each.forEachItems[0]', message: expect.stringContaining('none') },
    ])
    const own = step('each', 'loop', { collection: ['{{steps.none}}'] })
    expect(planProblems([own], drawn)[0]?.field).toBe('steps[0].config.collection[0]')
  })
})
