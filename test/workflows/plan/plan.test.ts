import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json } from '../../../src/lib/json-object.ts'
import {
  compilePlan,
  nextOf,
  type Plan,
  type Settled,
  skipUnreachable,
} from '../../../src/workflows/plan/plan.ts'
import { planProblems } from '../../../src/workflows/plan/plan-problems.ts'
import type { CanvasState, Step } from '../../../src/workflows/plan/step.ts'
import { canvas, plain, step } from '../../helpers/definition.ts'

/** One line for each node: "c after b if check:true" and, inside it, the bodies. */
function drawn(plan: Plan): unknown[] {
  return plan.nodes.flatMap(({ step: { id }, after, gates, bodies }) => {
    const ways = gates.map(({ from, handle }) => (handle === null ? from : `${from}:${handle}`))
    const line = [id, ...after.map((other) => `after ${other}`), ...(ways[0] ? [`if ${ways.join('|')}`] : [])]
    return [line.join(' '), ...(bodies.length > 0 ? [bodies.map(drawn)] : [])]
  })
}

function planned(steps: Step[], drawing: CanvasState | null = null): unknown[] {
  expect(planProblems(steps, drawing)).toEqual([])
  return drawn(compilePlan(steps, drawing))
}

const check = (config: Json = {}) => step('check', 'condition', config)

describe('in a plan without edges', () => {
  test.each<[string, Step[], unknown[]]>([
    ['no steps are no plan', [], []],
    ['each step comes after the one before it', plain('a b c'), ['a', 'b after a', 'c after b']],
    [
      'what a condition names depends on its outcome, and the rest does not',
      [check({ then: ['a', 'b'], else: ['c'] }), ...plain('a b c d')],
      [
        'check',
        'a after check if check:true',
        'b after a if check:true',
        'c after b if check:false',
        'd after c',
      ],
    ],
    [
      'then and else may be one id instead of a list',
      [check({ then: 'a', else: 'b' }), ...plain('a b')],
      ['check', 'a after check if check:true', 'b after a if check:false'],
    ],
    [
      'a step may depend on several conditions',
      [check({ then: 'a' }), step('also', 'condition', { else: 'a' }), ...plain('a')],
      ['check', 'also after check', 'a after also if check:true|also:false'],
    ],
    [
      'only conditions have outcomes',
      [step('a', 'transform', { then: ['b'] }), ...plain('b')],
      ['a', 'b after a'],
    ],
  ])('%s', (_, steps, expected) => {
    expect(planned(steps)).toEqual(expected)
  })
})

describe('in a plan with edges', () => {
  test.each<[string, Step[], CanvasState, unknown[]]>([
    ['edges decide, not the order of the list', plain('b a'), canvas('a>b'), ['b if a', 'a']],
    ['a step that no edge touches starts at once', plain('a b c'), canvas('a>b'), ['a', 'b if a', 'c']],
    ['a step may wait for several', plain('a b c'), canvas('a>c b>c'), ['a', 'b', 'c if a|b']],
    ['an edge drawn twice counts once', plain('a b'), canvas('a>b a>b'), ['a', 'b if a']],
    [
      'an edge from a condition has an outcome, in each of its spellings',
      [check(), ...plain('a b c d e f g')],
      canvas(
        'check:true>a check:false>b check:condition-true>c check:condition-false>d check:if>e check:else>f check:x>g',
      ),
      [
        ...['check', 'a if check:true', 'b if check:false', 'c if check:true', 'd if check:false'],
        ...['e if check:true', 'f if check:false', 'g if check'],
      ],
    ],
    ['an edge from any other step has no outcome', plain('a b'), canvas('a:true>b'), ['a', 'b if a']],
    [
      'what a condition names counts beside the edges',
      [check({ then: 'b' }), ...plain('a b')],
      canvas('check>a check>b'),
      ['check', 'a if check', 'b if check:true'],
    ],
    ['edges from the trigger do not count', plain('a b'), canvas('trigger>a trigger>b'), ['a', 'b after a']],
    [
      'edges from a block of a trigger’s type do not count',
      plain('a b c'),
      canvas('start>a start>c a>b', { blocks: { start: { type: 'schedule_trigger' } } }),
      ['a', 'b if a', 'c'],
    ],
    [
      'a step that has the id of the trigger is a step',
      plain('trigger a'),
      canvas('trigger>a'),
      ['trigger', 'a if trigger'],
    ],
  ])('%s', (_, steps, drawing, expected) => {
    expect(planned(steps, drawing)).toEqual(expected)
  })
})

describe('a loop', () => {
  const loop = (config: Json = {}) => step('loop', 'loop', config)
  const body = [['a', 'b after a']]

  test.each<[string, Step[], CanvasState | null, unknown[]]>([
    [
      'repeats the steps it lists',
      [loop({ steps: ['a', 'b'] }), ...plain('a b c')],
      null,
      ['loop', body, 'c after loop'],
    ],
    [
      'repeats its steps in the order of its list',
      [loop({ steps: ['b', 'a'] }), ...plain('a b')],
      null,
      ['loop', [['b', 'a after b']]],
    ],
    [
      'repeats steps that stand before it',
      [...plain('a b'), loop({ steps: ['a', 'b'] })],
      null,
      ['loop', body],
    ],
    [
      'repeats the nodes that the canvas gives it',
      [loop(), ...plain('a b')],
      { loops: { loop: { nodes: ['b', 'a'] } } },
      ['loop', body],
    ],
    [
      'repeats the blocks that are drawn inside it, and no notes',
      [loop(), ...plain('a b c')],
      {
        blocks: {
          b: { data: { parentId: 'loop' } },
          a: { data: { parentId: 'loop' } },
          note: { data: { parentId: 'loop' } },
        },
      },
      ['loop', body, 'c after loop'],
    ],
    [
      'repeats what it lists rather than what is drawn',
      [loop({ steps: ['a'] }), ...plain('a b')],
      { loops: { loop: { nodes: ['b'] } } },
      ['loop', [['a']], 'b after loop'],
    ],
    [
      'has edges of its own',
      [loop({ steps: ['a', 'b', 'c'] }), ...plain('a b c d')],
      canvas('b>a'),
      ['loop', [['a if b', 'b', 'c']], 'd after loop'],
    ],
    [
      'leaves out the edges around it',
      [loop({ steps: ['a', 'b'] }), ...plain('a b c')],
      canvas('loop>c'),
      ['loop', body, 'c if loop'],
    ],
    [
      'starts and ends with edges to itself, as Studio draws them',
      [loop({ steps: ['a', 'b'] }), ...plain('a b')],
      canvas('loop>a a>b b>loop'),
      ['loop', [['a', 'b if a']]],
    ],
    [
      'holds conditions',
      [loop({ steps: ['check', 'a'] }), check({ then: 'a' }), ...plain('a')],
      null,
      ['loop', [['check', 'a after check if check:true']]],
    ],
    [
      'holds loops',
      [loop({ steps: ['inner'] }), step('inner', 'loop', { steps: ['a', 'b'] }), ...plain('a b')],
      null,
      ['loop', [['inner', body]]],
    ],
    ['may have nothing to repeat', [loop(), ...plain('a')], null, ['loop', 'a after loop']],
  ])('%s', (_, steps, drawing, expected) => {
    expect(planned(steps, drawing)).toEqual(expected)
  })
})

describe('a parallel', () => {
  const inside = (parentId: string, ...ids: string[]) => ({
    blocks: Object.fromEntries(ids.map((id) => [id, { data: { parentId } }])),
  })
  const both = (branches: unknown, more: Json = {}) => step('both', 'parallel', { branches, ...more })

  test.each<[string, Step[], CanvasState | null, unknown[]]>([
    [
      'has a branch for each list',
      [both([['a', 'b'], ['c']]), ...plain('a b c')],
      null,
      ['both', [['a', 'b after a'], ['c']]],
    ],
    [
      'has a branch for each object',
      [both([{ name: 'x', steps: ['a', 'b'] }, { steps: ['c'] }]), ...plain('a b c')],
      null,
      ['both', [['a', 'b after a'], ['c']]],
    ],
    [
      'has a branch for each id',
      [both(['a', 'b']), ...plain('a b c')],
      null,
      ['both', [['a'], ['b']], 'c after both'],
    ],
    [
      'does its steps for each item of a source',
      [both(['a', 'b'], { forEachSource: '{{input.x}}' }), ...plain('a b')],
      null,
      ['both', [['a', 'b after a']]],
    ],
    [
      'that is drawn has a branch for each group of steps that edges connect',
      [both(undefined), ...plain('a b c d e')],
      canvas('a>c d>c', { parallels: { both: { nodes: ['a', 'b', 'c', 'd', 'e'] } } }),
      ['both', [['a', 'c if a|d', 'd'], ['b'], ['e']]],
    ],
    [
      'may be drawn by its blocks, with edges from itself to its branches',
      [both(undefined), ...plain('a b c')],
      canvas('both>a both>b c>both', inside('both', 'a', 'b')),
      ['both if c', [['a'], ['b']], 'c'],
    ],
    [
      'that is drawn has what a condition decides about in the branch of the condition',
      [both(undefined), check({ then: 'a', else: ['b'] }), ...plain('a b c')],
      { parallels: { both: { nodes: ['check', 'a', 'b', 'c'] } } },
      ['both', [['check', 'a after check if check:true', 'b after a if check:false'], ['c']]],
    ],
    [
      'that is drawn is connected by disabled steps too, and one alone is no branch',
      [both(undefined), ...plain('a off b alone')],
      canvas('a>off off>b', {
        blocks: { off: { enabled: false }, alone: { enabled: false } },
        parallels: { both: { nodes: ['a', 'off', 'b', 'alone'] } },
      }),
      ['both', [['a', 'b if a']]],
    ],
    [
      'that is drawn may have a loop in a branch',
      [both(undefined), step('each', 'loop', { collection: [] }), ...plain('a b c')],
      canvas('each>b', {
        blocks: inside('each', 'a').blocks,
        parallels: { both: { nodes: ['each', 'b', 'c'] } },
      }),
      ['both', [['each', [['a']], 'b if each'], ['c']]],
    ],
    [
      'that is drawn for each item of a source has all its steps in one branch',
      [both(undefined, { forEachSource: '{{input.x}}' }), ...plain('a b')],
      { parallels: { both: { nodes: ['a', 'b'] } } },
      ['both', [['a', 'b after a']]],
    ],
    [
      'may be made by its edges alone',
      [both(undefined), ...plain('a b')],
      canvas('both>a both>b'),
      ['both', 'a if both', 'b if both'],
    ],
    ['may have no branches', [both([[], { steps: [] }]), ...plain('a')], null, ['both', 'a after both']],
  ])('%s', (_, steps, drawing, expected) => {
    expect(planned(steps, drawing)).toEqual(expected)
  })
})

describe('a disabled step is left out', () => {
  const off = (...ids: string[]) => ({
    blocks: Object.fromEntries(ids.map((id) => [id, { enabled: false }])),
  })

  test.each<[string, Step[], CanvasState, unknown[]]>([
    ['of the order', plain('a b c'), off('b'), ['a', 'c after a']],
    ['at the start', plain('a b'), off('a'), ['b']],
    ['of a chain of edges', plain('a b c d'), canvas('a>b b>c c>d', off('b', 'c')), ['a', 'd if a']],
    [
      'and its dependents inherit its dependencies',
      [check(), ...plain('a b')],
      canvas('check:true>a a>b', off('a')),
      ['check', 'b if check:true'],
    ],
    [
      'and decides nothing any more where it is a condition',
      [check({ then: 'a', else: 'b' }), ...plain('a b')],
      off('check'),
      ['a', 'b after a'],
    ],
    [
      'with all that is inside it',
      [step('loop', 'loop', { steps: ['a'] }), ...plain('a b')],
      off('loop'),
      ['b'],
    ],
    [
      'of the body of a loop',
      [step('loop', 'loop', { steps: ['a', 'b'] }), ...plain('a b')],
      off('a'),
      ['loop', [['b']]],
    ],
    ['while one that is enabled stays', plain('a'), { blocks: { a: { enabled: true } } }, ['a']],
  ])('%s', (_, steps, drawing, expected) => {
    expect(planned(steps, drawing)).toEqual(expected)
  })
})

describe('of a plan', () => {
  const branching = compilePlan([check({ then: ['a'], else: ['b'] }), ...plain('a b c')], null)
  const joined = compilePlan([check(), ...plain('a b c')], canvas('check:true>a check:false>b a>c b>c'))
  const completed = (handle: string | null = null): Settled => ({ status: 'completed', handle })
  const failed: Settled = { status: 'failed', handle: null }
  const skipped: Settled = { status: 'skipped', handle: null }

  test.each<[string, Plan, Record<string, Settled>, string[], string[]]>([
    ['the first ready step is the one that waits for nothing', branching, {}, ['check'], []],
    ['the first branch is ready after true', branching, { check: completed('true') }, ['a'], []],
    ['the first branch is skipped after false', branching, { check: completed('false') }, [], ['a']],
    [
      'the other branch is ready when the first is skipped',
      branching,
      { check: completed('false'), a: skipped },
      ['b'],
      [],
    ],
    ['the first branch is skipped after a failed condition', branching, { check: failed }, [], ['a']],
    [
      'the rest is ready after both branches',
      branching,
      { check: failed, a: skipped, b: skipped },
      ['c'],
      [],
    ],
    ['one branch is ready and the other skipped at once', joined, { check: completed('true') }, ['a'], ['b']],
    [
      'a step where branches meet waits until all are settled',
      joined,
      { check: completed('true'), b: skipped },
      ['a'],
      [],
    ],
    [
      'a step where branches meet is ready when one completed',
      joined,
      { check: completed('true'), a: completed(), b: skipped },
      ['c'],
      [],
    ],
    [
      'a step where branches meet is skipped when none completed',
      joined,
      { check: completed('true'), a: failed, b: skipped },
      [],
      ['c'],
    ],
    ['nothing is left at the end', joined, { check: completed(), a: failed, b: skipped, c: skipped }, [], []],
  ])('%s', (_, plan, settled, ready, passed) => {
    const next = nextOf(plan, new Map(Object.entries(settled)))
    const ids = (nodes: typeof next.ready) => nodes.map((node) => node.step.id)
    expect([ids(next.ready), ids(next.skipped)]).toEqual([ready, passed])
  })
})

describe('any definition without problems', () => {
  const SIZE = 12
  const idOf = (i: number) => `s${i}`
  const pair = fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1))
  const definitions = fc.record({
    conditions: fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
    edges: fc.array(fc.tuple(pair, fc.constantFrom('true', 'false', null)), { maxLength: 25 }),
    named: fc.array(pair, { maxLength: 8 }),
    disabled: fc.array(fc.nat(SIZE - 1), { maxLength: 4 }),
    outcomes: fc.array(fc.constantFrom('true', 'false', 'failed'), { minLength: SIZE, maxLength: SIZE }),
  })

  test('runs to its end: every step once, and none before what it waits for', () => {
    const property = fc.property(definitions, ({ conditions, edges, named, disabled, outcomes }) => {
      const steps = conditions.map((isCondition, i) => {
        const then = named.flatMap(([from, to]) => (from === i && from < to ? [idOf(to)] : []))
        return step(idOf(i), isCondition ? 'condition' : 'action', { then })
      })
      const drawing = {
        edges: edges.flatMap(([[from, to], sourceHandle]) =>
          from < to ? [{ source: idOf(from), target: idOf(to), sourceHandle }] : [],
        ),
        blocks: Object.fromEntries(disabled.map((i) => [idOf(i), { enabled: false }])),
      }
      expect(planProblems(steps, drawing)).toEqual([])
      const plan = compilePlan(steps, drawing)
      const settled = new Map<string, Settled>()
      for (let round = 0; round <= SIZE; round++) {
        const { ready, skipped } = nextOf(plan, settled)
        for (const {
          step: { id },
          after,
          gates,
        } of [...ready, ...skipped]) {
          expect(settled.has(id)).toBe(false)
          for (const other of [...after, ...gates.map(({ from }) => from)])
            expect(settled.has(other)).toBe(true)
        }
        for (const {
          step: { id },
        } of skipped)
          settled.set(id, { status: 'skipped', handle: null })
        for (const {
          step: { id },
        } of ready) {
          const outcome = outcomes[Number(id.slice(1))] ?? null
          const failing = outcome === 'failed'
          settled.set(id, { status: failing ? 'failed' : 'completed', handle: failing ? null : outcome })
        }
      }
      expect([...settled.keys()].sort()).toEqual(plan.nodes.map((node) => node.step.id).sort())
      expect(settled.size).toBe(SIZE - new Set(disabled).size)
    })
    fc.assert(property, { numRuns: 300 })
  })
})

describe('a step that no open gate leads to any more is skipped', () => {
  /** Counts how often it is asked. */
  class Counted extends Map<string, Settled> {
    asked = 0
    override has(id: string): boolean {
      this.asked += 1
      return super.has(id)
    }
    override get(id: string): Settled | undefined {
      this.asked += 1
      return super.get(id)
    }
  }

  test('with all that depends on it, and without another look at all gates for each step of a chain', () => {
    const chain = plain(Array.from({ length: 100 }, (_, i) => `c${i}`).join(' ')).map(({ id }, i) =>
      step(id, 'condition', { then: i < 99 ? [`c${i + 1}`] : [] }),
    )
    const named = chain.slice(1).map(({ id }) => id)
    const gates = Array.from({ length: 50 }, (_, i) => step(`g${i}`, 'condition', { then: named }))
    const plan = compilePlan([...gates, ...chain], canvas('g0>c0'))
    const settled = new Counted(gates.map(({ id }) => [id, { status: 'completed', handle: 'false' }]))
    settled.set('c0', { status: 'completed', handle: 'false' })
    expect(skipUnreachable(plan, settled)).toEqual([])
    const ways = plan.nodes.reduce((count, node) => count + node.gates.length + 1, 0)
    expect([settled.size, settled.asked < 6 * ways]).toEqual([150, true])
  })

  test('while what another gate opens may start, in the order of the plan', () => {
    const steps = [...plain('z'), check({ then: ['a'] }), ...plain('a b c d y')]
    const plan = compilePlan(steps, canvas('z>y a>b b>c z>c c>d b>y'))
    const settled = new Map<string, Settled>([
      ['check', { status: 'completed', handle: 'false' }],
      ['z', { status: 'completed', handle: null }],
    ])
    expect(skipUnreachable(plan, settled).map((node) => node.step.id)).toEqual(['c', 'y'])
    expect([...settled.keys()]).toEqual(['check', 'z', 'a', 'b'])
  })
})

describe('a definition is planned at once, however large:', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`)

  test.each<[string, Step[], CanvasState | null]>([
    ['10,000 steps', ids(10_000).map((id) => step(id)), null],
    [
      '500 conditions, each of which names all that follow',
      ids(500).map((id, i, all) => step(id, 'condition', { then: all.slice(i + 1), else: all.slice(i + 1) })),
      null,
    ],
    [
      'a chain of 10,000 edges, all but its ends disabled',
      ids(10_000).map((id) => step(id)),
      {
        ...canvas(
          ids(9_999)
            .map((id, i) => `${id}>s${i + 1}`)
            .join(' '),
        ),
        blocks: Object.fromEntries(
          ids(10_000)
            .slice(1, -1)
            .map((id) => [id, { enabled: false }]),
        ),
      },
    ],
    [
      'layers of 20 steps, each of which depends on all of the layer before, disabled but for the first',
      ids(400).map((id) => step(id)),
      {
        edges: ids(380).flatMap((source, i) =>
          ids(20).map((_, j) => ({ source, target: `s${(Math.floor(i / 20) + 1) * 20 + j}` })),
        ),
        blocks: Object.fromEntries(
          ids(400)
            .slice(20)
            .map((id) => [id, { enabled: false }]),
        ),
      },
    ],
  ])('%s', (_, steps, drawing) => {
    expect(planProblems(steps, drawing)).toEqual([])
    const disabled = Object.keys(drawing?.blocks ?? {}).length
    expect(compilePlan(steps, drawing).nodes).toHaveLength(steps.length - disabled)
  })
})
