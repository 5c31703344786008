import { describe, expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { planProblems } from '../../../src/workflows/plan/plan-problems.ts'
import type { CanvasState, Step } from '../../../src/workflows/plan/step.ts'
import { canvas, plain, step } from '../../helpers/definition.ts'

const problems = (steps: Step[], drawing: CanvasState | null = null): unknown[] =>
  planProblems(steps, drawing, ['billing_channel']).map(({ field, message }) => `${field} ${message}`)

const check = (config: Json = {}) => step('check', 'condition', config)
const loop = (id: string, ...steps: string[]) => step(id, 'loop', { steps })
const comparison = (field: string) => ({ field, operator: 'eq', value: 'x' })
const NO_STEP = 'is not the id of a step of this workflow'

describe('a definition is refused, with the field named, for', () => {
  test.each<[string, Step[], CanvasState | null, unknown[]]>([
    ['two steps of one id', plain('a b a'), null, ['steps[2].id is also the id of steps[0]']],
    ['an unknown step in then', [check({ then: ['x'] })], null, [`steps[0].config.then[0] ${NO_STEP}`]],
    ['an unknown step in else', [check({ else: 'x' })], null, [`steps[0].config.else ${NO_STEP}`]],
    [
      'an unknown step in a loop',
      [...plain('a'), loop('l', 'a', 'x')],
      null,
      [`steps[1].config.steps[1] ${NO_STEP}`],
    ],
    [
      'an unknown step in a list of a parallel',
      [step('p', 'parallel', { branches: [['x']] })],
      null,
      [`steps[0].config.branches[0][0] ${NO_STEP}`],
    ],
    [
      'an unknown step in a branch',
      [step('p', 'parallel', { branches: [{ steps: ['x'] }] })],
      null,
      [`steps[0].config.branches[0].steps[0] ${NO_STEP}`],
    ],
    [
      'an unknown branch',
      [step('p', 'parallel', { branches: ['x'] })],
      null,
      [`steps[0].config.branches[0] ${NO_STEP}`],
    ],
    ['an edge from nowhere', plain('a'), canvas('x>a'), [`canvasState.edges[0].source ${NO_STEP}`]],
    ['an edge to nowhere', plain('a b'), canvas('a>b a>x'), [`canvasState.edges[1].target ${NO_STEP}`]],
    ['an edge to the trigger', plain('a'), canvas('a>trigger'), [`canvasState.edges[0].target ${NO_STEP}`]],
    [
      'an unknown node',
      [loop('l')],
      { loops: { l: { nodes: ['x'] } } },
      [`canvasState.loops.l.nodes[0] ${NO_STEP}`],
    ],
    [
      'nodes of a loop where no loop is',
      plain('a'),
      { loops: { a: {} } },
      ['canvasState.loops.a must have the id of a loop step'],
    ],
    [
      'nodes of a parallel where no parallel is',
      [loop('l')],
      { parallels: { l: {} } },
      ['canvasState.parallels.l must have the id of a parallel step'],
    ],
    [
      'a name that all objects have',
      plain('a'),
      { loops: { constructor: {} } },
      ['canvasState.loops.constructor must have the id of a loop step'],
    ],
    [
      'a block in what is no loop',
      plain('a b'),
      { blocks: { a: { data: { parentId: 'b' } } } },
      ['canvasState.blocks.a.data.parentId must be the id of a loop or parallel step'],
    ],
    [
      'a step in two bodies',
      [loop('l', 'a'), loop('m', 'a'), ...plain('a')],
      null,
      ['steps[1].config.steps[0] names a step that steps[0].config.steps[0] already names'],
    ],
    [
      'a step twice in one body',
      [loop('l', 'a', 'a'), ...plain('a')],
      null,
      ['steps[0].config.steps[1] names a step that steps[0].config.steps[0] already names'],
    ],
    ['a loop in itself', [loop('l', 'l')], null, ['steps[0].config.steps[0] puts a step inside itself']],
    [
      'two loops in each other',
      [loop('l', 'm'), loop('m', 'l')],
      null,
      [
        'steps[0].config.steps[0] puts a step inside itself',
        'steps[1].config.steps[0] puts a step inside itself',
      ],
    ],
    [
      'an edge into a loop',
      [loop('l', 'a'), ...plain('a b')],
      canvas('b>a'),
      ['canvasState.edges[0] leads from the step b into another body, where a is'],
    ],
    [
      'an edge out of a loop',
      [loop('l', 'a'), ...plain('a b')],
      canvas('a>b'),
      ['canvasState.edges[0] leads from the step a into another body, where b is'],
    ],
    [
      'an edge between branches',
      [step('p', 'parallel', { branches: ['a', 'b'] }), ...plain('a b')],
      canvas('a>b'),
      ['canvasState.edges[0] leads from the step a into another body, where b is'],
    ],
    [
      'a condition about what is in a loop',
      [check({ then: 'a' }), loop('l', 'a'), ...plain('a')],
      null,
      ['steps[0].config.then leads from the step check into another body, where a is'],
    ],
    [
      'a condition about what has run',
      [...plain('a'), check({ then: ['a'] })],
      null,
      ['steps[1].config.then[0] is the id of a step that runs before the condition'],
    ],
    [
      'a condition about itself',
      [check({ else: ['check'] })],
      null,
      ['steps[0].config.else[0] is the condition itself'],
    ],
    [
      'a condition about what its loop lists before it',
      [loop('l', 'a', 'check'), check({ then: 'a' }), ...plain('a')],
      null,
      ['steps[1].config.then is the id of a step that runs before the condition'],
    ],
    [
      'an edge to itself',
      plain('a'),
      canvas('a>a'),
      ['canvasState.edges[0] creates a cycle: a would wait for itself'],
    ],
    [
      'a cycle of edges',
      plain('a b c'),
      canvas('a>b b>c c>b'),
      ['canvasState.edges[1] creates a cycle: b would wait for itself'],
    ],
    [
      'a cycle in a loop',
      [loop('l', 'a', 'b'), ...plain('a b')],
      canvas('a>b b>a'),
      [expect.stringContaining('creates a cycle')],
    ],
    [
      'a cycle of an edge and a condition',
      [check({ then: 'a' }), ...plain('a')],
      canvas('a>check'),
      [expect.stringContaining('creates a cycle')],
    ],
  ])('%s', (_, steps, drawing, expected) => {
    expect(problems(steps, drawing)).toEqual(expected)
  })

  test('loops nested nine deep, but not eight', () => {
    const nest = (depth: number) => [
      ...Array.from({ length: depth }, (_, i) => loop(`l${i}`, i + 1 < depth ? `l${i + 1}` : 'a')),
      ...plain('a'),
    ]
    expect(problems(nest(8))).toEqual([])
    expect(problems(nest(9))).toEqual([
      'steps[8].config.steps[0] is nested in more than 8 loops and parallels',
    ])
  })

  test.each<[string, Step[], CanvasState]>([
    [
      'edges decide and a condition names what stands before it',
      [...plain('a'), check({ then: 'a' })],
      canvas('check>a'),
    ],
    ['edges meet again', plain('a b c d'), canvas('a>b a>c b>d c>d')],
    [
      'a trigger is drawn',
      plain('a'),
      canvas('trigger>a', { blocks: { trigger: { type: 'api_trigger' }, a: {} } }),
    ],
    ['a note lies beside the steps', plain('a'), { blocks: { note: { type: 'note' } } }],
  ])('no fault where %s', (_, steps, drawing) => {
    expect(problems(steps, drawing)).toEqual([])
  })
})

describe('a definition is checked for templates', () => {
  test.each<[string, Step[], unknown[]]>([
    [
      'that name an unknown step',
      [step('a', 'wait', { duration: '{{steps.nope.x}}' })],
      ['steps[0].config.duration refers to unknown step nope'],
    ],
    [
      'deep in a config',
      [
        ...plain('a'),
        step('b', 'action', { rows: [{ 'x/y': 'Hello {{steps.gone.output.name}} and {{steps.a.b}}' }] }),
      ],
      ['steps[1].config.rows[0].x/y refers to unknown step gone'],
    ],
    [
      'that name an unknown step twice, which is told once',
      [step('b', 'action', { x: '{{steps.gone.a}} {{steps.gone.b}} {{steps["lost"].c}}' })],
      ['steps[0].config.x refers to unknown step gone', 'steps[0].config.x refers to unknown step lost'],
    ],
    [
      'that cannot be read',
      [step('b', 'action', { x: 'a {{input.}} b' })],
      [expect.stringMatching(/^steps\[0\]\.config\.x .*input\./)],
    ],
    [
      'that can be read, which are no problem',
      [
        ...plain('fetch-1'),
        step('b', 'action', { x: '{{steps.fetch-1.output.id}} {{input.a || "x"}} {{now}}' }),
      ],
      [],
    ],
    [
      'whose first name is unknown, which is told with the near miss',
      [step('a', 'action', { x: '{{inptu.who}} {{inptu.why}}', y: '{{input.who + wohle}}' })],
      [
        'steps[0].config.x refers to inptu, which no template here sees. Did you mean "input"?',
        'steps[0].config.y refers to wohle, which no template here sees.',
      ],
    ],
    [
      'that read what every object has',
      [step('a', 'action', { x: '{{constructor.name}}' })],
      ['steps[0].config.x refers to constructor, which no template here sees.'],
    ],
    [
      'in a condition, with braces or without',
      [
        check({ expression: 'inptu.amount > 100' }),
        step('c2', 'condition', { conditions: [{ field: '{{itme.x}}', operator: 'exists' }] }),
      ],
      [
        'steps[0].config.expression refers to inptu, which no template here sees. Did you mean "input"?',
        'steps[1].config.conditions[0].field refers to itme, which no template here sees.',
      ],
    ],
    [
      'in a field of a condition that names a value without braces',
      [
        check({ conditions: ['steps.typo.amount', 'input.a-1', 'input.a..b'].map(comparison) }),
        step('again', 'condition', {
          conditions: { operator: 'and', conditions: [comparison('inptu.amount'), comparison('Input.x')] },
        }),
        step('l', 'loop', {
          collection: [1],
          itemVariable: 'order',
          steps: ['inside'],
          breakCondition: [comparison('ordre.done'), comparison('index')],
        }),
        step('inside', 'condition', { conditions: [comparison('orders.x'), comparison('order.x')] }),
      ],
      [
        'steps[0].config.conditions[0].field refers to unknown step typo',
        expect.stringMatching(/^steps\[0\]\.config\.conditions\[1\]\.field .*has "a-1", which may be/),
        expect.stringMatching(/^steps\[0\]\.config\.conditions\[2\]\.field .*is not understood/),
        'steps[1].config.conditions.conditions[0].field refers to inptu, which no template here sees. Did you mean "input"?',
        'steps[1].config.conditions.conditions[1].field refers to Input, which no template here sees. Did you mean "input"?',
        'steps[2].config.breakCondition[0].field refers to ordre, which no template here sees. Did you mean "order"?',
        'steps[3].config.conditions[0].field refers to orders, which no template here sees. Did you mean "order"?',
      ],
    ],
    [
      'except in a field that is meant as text, which is no problem',
      [
        check({
          conditions: ['input', 'inptu', 'paid', 'example.com', 'rule.x', 'inputs. Done', '1.5', ''].map(
            comparison,
          ),
        }),
        step('again', 'condition', {
          conditions: [
            { ...comparison('inptu.x'), left: '{{input.x}}' },
            { ...comparison(''), left: 'inptu.x' },
          ],
        }),
      ],
      [],
    ],
    [
      'that read what variables, run and workflow do not have',
      [
        step('a', 'action', {
          x: '{{variables.billing_chanel.x}} {{variables.nope}}',
          y: '{{run.startedat}} {{run.nope}}',
          z: '{{workflow["nam"]}}',
        }),
        check({ expression: 'workflow.constructor === 1' }),
      ],
      [
        'steps[0].config.x refers to unknown variable billing_chanel. Did you mean "billing_channel"?',
        'steps[0].config.x refers to unknown variable nope.',
        'steps[0].config.y refers to unknown field run.startedat. Did you mean "startedAt"?',
        'steps[0].config.y refers to unknown field run.nope.',
        'steps[0].config.z refers to unknown field workflow.nam. Did you mean "name"?',
        'steps[1].config.expression refers to unknown field workflow.constructor.',
      ],
    ],
    [
      'that read what variables, run and workflow have, or may have, which are no problem',
      [
        step('a', 'action', {
          x: '{{variables}} {{run | json}} {{variables[input.name]}} {{input.run.nope}} {{trigger.nope}} {{env.NOPE}}',
          y: '{{run.id}} {{run.startedAt}} {{run.attempt}} {{workflow.id}} {{workflow.name}} {{workflow.version}}',
        }),
      ],
      [],
    ],
    [
      'that read a variable of the workflow, which are no problem',
      [step('a', 'action', { x: '{{billing_channel}} {{variables.billing_channel}}' })],
      [],
    ],
    [
      'that read an item inside its loop, and not beside it',
      [
        step('l', 'loop', {
          collection: '{{row}}',
          itemVariable: 'row',
          steps: ['a', 'p'],
          breakCondition: [{ field: '{{row.done}}', operator: 'eq', value: '{{index}}' }],
        }),
        step('a', 'action', { x: '{{row.x}}{{index}}' }),
        step('p', 'parallel', { forEachSource: '{{row}}', forEachAs: 'cell', branches: ['b'] }),
        step('b', 'action', { x: '{{row}}{{cell}}{{index}}' }),
        step('c', 'action', { x: '{{row}}', y: '{{cell}}' }),
      ],
      [
        'steps[0].config.collection refers to row, which no template here sees. Did you mean "now"?',
        'steps[4].config.x refers to row, which no template here sees. Did you mean "now"?',
        'steps[4].config.y refers to cell, which no template here sees.',
      ],
    ],
    [
      'in which a minus might be a hyphen',
      [
        step('l', 'loop', { collection: [1], steps: ['a'] }),
        step('a', 'action', {
          x: '{{input.total-1}}',
          y: '{{input.total-input.paid}}',
          z: '{{input.total-item.paid}}',
          name: '{{input.content-type}}',
          spaced: '{{input.total - item.paid}}',
          id: '{{input["a-1"]}}',
        }),
      ],
      [
        expect.stringContaining(
          'steps[1].config.x {{input.total-1}} has "total-1", which may be a name or a subtraction',
        ),
        expect.stringContaining(
          'steps[1].config.y {{input.total-input.paid}} has "total-input", which may be',
        ),
        'steps[1].config.z has total-item, which may be a name or a subtraction: write ["total-item"], or spaces around the minus',
      ],
    ],
    [
      'except in programs',
      [
        step('b', 'code', { code: 'const a = {b: {c: {{steps.nope' }),
        step('c', 'transform', { script: '`{{steps.nope}}`' }),
      ],
      [],
    ],
  ])('%s', (_, steps, expected) => {
    expect(problems(steps)).toEqual(expected)
  })
})

describe('at most 50 problems are told, even of', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => `s${i}`)

  test.each<[string, Step[], CanvasState | null]>([
    ['10,000 steps of one id', ids.map(() => step('a')), null],
    ['10,000 unknown ids', [check({ then: ids })], null],
    ['10,000 edges to nowhere', plain('a'), canvas(ids.map((id) => `a>${id}`).join(' '))],
    ['10,000 loops in each other', ids.map((id, i) => loop(id, `s${(i + 1) % ids.length}`)), null],
    [
      '10,000 templates of steps that are not there',
      [step('a', 'action', { rows: ids.map((id) => `{{steps.${id}.x}}`) })],
      null,
    ],
  ])('%s', (_, steps, drawing) => {
    expect(problems(steps, drawing)).toHaveLength(50)
  })

  test('a cycle of 10,000 edges, which is one problem', () => {
    const drawing = canvas(ids.map((id, i) => `${id}>s${(i + 1) % ids.length}`).join(' '))
    expect(
      problems(
        ids.map((id) => step(id)),
        drawing,
      ),
    ).toHaveLength(1)
  })
})
