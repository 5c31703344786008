import { expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { type Graph, graphOf } from '../../../src/workflows/plan/graph.ts'
import { compilePlan } from '../../../src/workflows/plan/plan.ts'
import type { CanvasState, Step } from '../../../src/workflows/plan/step.ts'
import { canvas, plain, step } from '../../helpers/definition.ts'

const check = (config: Json = {}) => step('check', 'condition', config)

/** "a → b: true" for each edge, and "a in loop" for each node. */
function lines({ nodes, edges }: Graph) {
  return {
    nodes: nodes.map(({ id, parent }) => (parent === null ? id : `${id} in ${parent}`)),
    edges: edges.map(({ from, to, label }) => `${from} → ${to}${label === null ? '' : `: ${label}`}`),
  }
}

function drawn(steps: Step[], drawing: CanvasState | null = null) {
  return lines(graphOf(compilePlan(steps, drawing)))
}

test.each<[string, ReturnType<typeof drawn>, ReturnType<typeof lines>]>([
  ['of no steps is empty', drawn([]), { nodes: [], edges: [] }],
  [
    'has one step behind the other where nothing else is said',
    drawn(plain('a b c')),
    { nodes: ['a', 'b', 'c'], edges: ['a → b', 'b → c'] },
  ],
  [
    'has the outcomes of a condition at its edges, once each',
    drawn([check({ then: ['a'], else: ['b'] }), ...plain('a b c')]),
    {
      nodes: ['check', 'a', 'b', 'c'],
      edges: ['check → a: true', 'a → b', 'check → b: false', 'b → c'],
    },
  ],
  [
    'has what a loop repeats and the branches of a parallel inside them, also one in the other',
    drawn([
      step('each', 'loop', { loopType: 'for', iterations: 2, steps: ['both', 'z'] }),
      step('both', 'parallel', { branches: [['a', 'b'], ['c']] }),
      ...plain('a b c z end'),
    ]),
    {
      nodes: ['each', 'both in each', 'a in both', 'b in both', 'c in both', 'z in each', 'end'],
      edges: ['a → b', 'both → z', 'each → end'],
    },
  ],
  [
    'goes by what the canvas draws, and passes over a disabled block',
    drawn(plain('a b c'), canvas('a>b b>c', { blocks: { b: { enabled: false } } })),
    { nodes: ['a', 'c'], edges: ['a → c'] },
  ],
])('the graph of a plan %s', (_, graph, expected) => {
  expect(graph).toEqual(expected)
})

test('the graph of a plan names each step and its type', () => {
  const steps: Step[] = [{ ...step('a', 'transform', {}), name: 'Add up' }, step('b', 'wait', {})]
  expect(graphOf(compilePlan(steps, null)).nodes).toEqual([
    { id: 'a', name: 'Add up', type: 'transform', parent: null },
    { id: 'b', name: null, type: 'wait', parent: null },
  ])
})
