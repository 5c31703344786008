import { describe, expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const loop = (config: object, more: object = {}): LooseStep => ({
  id: 'each',
  type: 'loop',
  config: { steps: ['inside'], ...config },
  ...more,
})

const inside = (mapping: object, id = 'inside'): LooseStep => ({ id, type: 'transform', config: { mapping } })

const show = inside({ v: '{{item}}@{{index}}' })

/** What the loop `each` ended with, in runs of these configs, by the name of each. */
async function ends(rows: Record<string, [config: object, expected: unknown]>, input: object, body = [show]) {
  const app = await workflowApp()
  const runs = Object.entries(rows).map(async ([name, [config]]) => {
    const run = await app.run(await app.workflow([loop(config), ...body]), input)
    const { error, output } = run.steps.find(({ path }: { path: string }) => path === 'each')
    return [name, error === null ? output : `${error.code}: ${error.message}`]
  })
  const told = Object.entries(rows).map(([name, [, expected]]) => [name, expected])
  expect(Object.fromEntries(await Promise.all(runs))).toEqual(Object.fromEntries(told))
}

const results = (...values: string[]) => ({
  results: values.map((v) => ({ v })),
  count: values.length,
  currentIndex: values.length - 1,
})

test('a loop goes through its list in every form that a list may have', async () => {
  const ab = { ...results('a@0', 'b@1'), currentItem: 'b' }
  const none = { results: [], count: 0, currentItem: null, currentIndex: -1 }
  await ends(
    {
      'a template of a list': [{ collection: '{{input.list}}' }, ab],
      'a list as written': [{ collection: ['a', '{{input.list.1}}'] }, ab],
      'JSON text': [{ collection: '{{input.json}}' }, ab],
      'an empty list': [{ collection: '{{input.empty}}' }, none],
      'what is missing': [{ collection: '{{input.missing}}' }, none],
      'a list with null': [{ collection: [null] }, { ...results('@0'), currentItem: null }],
      'as many as may be': [{ collection: '{{input.list}}', maxIterations: 2 }, ab],
      'more than may be': [
        { collection: '{{input.list}}', maxIterations: '{{1}}' },
        'VALIDATION_ERROR: The loop has 2 iterations, and its maxIterations is 1',
      ],
      'more than 100, unless it says so': [
        { collection: '{{input.many}}' },
        'VALIDATION_ERROR: The loop has 101 iterations, and its maxIterations is 100',
      ],
      'no list': [{ collection: '{{input.text}}' }, 'VALIDATION_ERROR: collection is not a list'],
      'an object': [{ collection: '{{input}}' }, 'VALIDATION_ERROR: collection is not a list'],
      'a batch size that is none': [
        { collection: '{{input.list}}', batchSize: '{{input.text}}' },
        expect.stringContaining('VALIDATION_ERROR: config.batchSize must be'),
      ],
    },
    { list: ['a', 'b'], json: '["a","b"]', empty: [], many: Array(101).fill(0), text: 'x' },
  )
})

test('a loop counts, and goes on while its condition holds and until it is told to break', async () => {
  const counted = { ...results('0@0', '1@1', '2@2'), currentItem: 2 }
  await ends(
    {
      for: [{ loopType: 'for', iterations: 3 }, counted],
      'for, by a template': [{ loopType: 'for', iterations: '{{input.three}}' }, counted],
      'for no times': [
        { loopType: 'for', iterations: '{{0}}' },
        { results: [], count: 0, currentItem: null, currentIndex: -1 },
      ],
      'for more than may be': [
        { loopType: 'for', iterations: '{{1001}}' },
        expect.stringContaining('VALIDATION_ERROR: config.iterations must be'),
      ],
      while: [{ loopType: 'while', whileCondition: '{{index}} < 3' }, counted],
      'while, as often as may be': [
        { loopType: 'while', whileCondition: '{{index}} < 3', maxIterations: 3 },
        counted,
      ],
      'while it never ends': [
        { loopType: 'while', whileCondition: 'true', maxIterations: 2 },
        "STEP_ERROR: The loop's condition still held after 2 iterations (maxIterations)",
      ],
      'while what says "false"': [
        { loopType: 'while', whileCondition: '{{input.no}}' },
        { results: [], count: 0, currentItem: null, currentIndex: -1 },
      ],
      'while, with what its steps found last': [
        { loopType: 'while', whileCondition: "{{steps.inside.v ?? ''}} !== '2@2'" },
        counted,
      ],
      'until a break': [
        { loopType: 'for', iterations: 9, breakCondition: "{{steps.inside.output.v}} === '2@2'" },
        counted,
      ],
      'while, until a break': [
        { loopType: 'while', whileCondition: 'true', breakCondition: '{{index === 2}}' },
        counted,
      ],
      'in batches, to the end of the one that breaks': [
        { loopType: 'for', iterations: 9, batchSize: 3, breakCondition: '{{index === 1}}' },
        counted,
      ],
      'while, in batches': [{ loopType: 'while', whileCondition: '{{index}} < 3', batchSize: 2 }, counted],
      'while comparisons hold': [
        { whileCondition: [{ field: '{{index}}', operator: 'lt', value: '3' }] },
        counted,
      ],
      'while a comparison of a bare name holds': [
        { loopType: 'while', whileCondition: [{ field: 'index', operator: 'less_than', value: 3 }] },
        counted,
      ],
      'until comparisons hold together': [
        {
          loopType: 'for',
          iterations: 9,
          breakCondition: [
            { field: 'item', operator: 'gte', value: '1' },
            { field: 'steps.inside.v', operator: 'equals', value: '2@2' },
          ],
        },
        counted,
      ],
      'until nothing': [{ loopType: 'for', iterations: 3, breakCondition: [] }, counted],
      'until an empty text': [{ loopType: 'for', iterations: 3, breakCondition: '' }, counted],
      'for, in a form of texts': [
        { iterations: '3', maxIterations: '10', batchSize: '2', whileCondition: null },
        counted,
      ],
      'a condition that cannot be worked out': [
        { loopType: 'while', whileCondition: '{{input.three | keys}}' },
        expect.stringContaining('VALIDATION_ERROR: {{(input.three | keys)}}'),
      ],
    },
    { three: 3, no: 'false' },
  )
})

test('a while loop follows a cursor from page to page', async () => {
  const app = await workflowApp()
  const { url, seen } = served((_, count) => Response.json({ next: count < 3 ? `p${count}` : null }))
  const steps = [
    loop({ loopType: 'while', whileCondition: '{{index}} === 0 || {{steps.inside.data.next}}' }),
    { id: 'inside', type: 'api', config: { url, params: { page: '{{steps.inside.data.next}}' } } },
  ]
  const run = await app.run(await app.workflow(steps))
  expect(seen.map(({ path }) => path)).toEqual(['/', '/?page=p1', '/?page=p2'])
  expect(run).toMatchObject({ status: 'completed', output: { count: 3 } })
})

test.each<[string, object, number]>([
  ['while', { loopType: 'while', whileCondition: "now < '2026-11-21T09:25:00.000Z'" }, 3],
  [
    'while, in batches',
    { loopType: 'while', whileCondition: "now < '2026-11-21T09:15:00.000Z'", batchSize: 2 },
    4,
  ],
  ['with a break', { collection: [1, 2, 3, 4, 5], breakCondition: "now >= '2026-11-21T09:30:00.000Z'" }, 3],
])('a loop that goes on until a time ends with the round that passes it: %s', async (_, config, count) => {
  const app = await workflowApp()
  const pause: LooseStep = { id: 'inside', type: 'wait', config: { duration: 10, unit: 'minutes' } }
  const runId = await app.start(await app.workflow([loop(config), pause]))
  const waits = 'batchSize' in config ? count / 2 : count
  for (let round = 0; round < waits; round += 1) await app.passWait(runId, 600_000)
  const run = await app.ended(runId)
  expect([run.status, run.output?.count]).toEqual(['completed', count])
})

test('a loop goes as it is drawn, where its config does not say how', async () => {
  const app = await workflowApp()
  const id = await app.workflow([])
  const drawn = async (each: object) => {
    const canvasState = { loops: { each: { nodes: ['inside'], ...each } } }
    const steps = [{ id: 'each', type: 'loop', config: {} }, show]
    expect((await app.api(`PATCH /workflows/${id}/canvas`, { canvasState, steps })).status).toBe(200)
    return (await app.run(id, { list: ['a', 'b'] })).output.results
  }
  const list = { loopType: 'forEach', forEachItems: '{{input.list}}', iterations: 5 }
  expect(await drawn(list)).toEqual([{ v: 'a@0' }, { v: 'b@1' }])
  const count = { loopType: 'for', forEachItems: '', iterations: 3 }
  expect(await drawn(count)).toEqual([{ v: '0@0' }, { v: '1@1' }, { v: '2@2' }])
})

test('loops stand in loops, with names of their own, and each sees the steps around it', async () => {
  const app = await workflowApp()
  const steps = [
    inside({ n: 7 }, 'first'),
    loop({ collection: '{{input.rows}}', itemVariable: 'row', indexVariable: 'y', steps: ['cells', 'sum'] }),
    loop({ collection: '{{row}}', itemVariable: 'cell', indexVariable: 'x' }, { id: 'cells' }),
    inside({ at: '{{y}}.{{x}}={{cell}}+{{steps.first.n}}' }),
    inside({ count: '{{steps.cells.count}}' }, 'sum'),
    inside({ rows: '{{steps.each.results}}', gone: '{{steps.sum}}' }, 'end'),
  ]
  const run = await app.run(await app.workflow(steps), { rows: [['a', 'b'], ['c']] })
  expect(run.output).toEqual({ rows: [{ count: 2 }, { count: 1 }], gone: null })
  const told = run.steps.filter(({ id }: { id: string }) => id === 'inside')
  expect(
    told.map(({ path, output }: { path: string; output: { at: string } }) => `${path} ${output.at}`),
  ).toEqual([
    'each[0]/cells[0]/inside 0.0=a+7',
    'each[0]/cells[1]/inside 0.1=b+7',
    'each[1]/cells[0]/inside 1.0=c+7',
  ])
})

test.each([
  [1, 1],
  [2, 2],
  [5, 3],
])(
  'with a batchSize of %i, a loop over three has %i iterations under way at once',
  async (batchSize, together) => {
    const app = await workflowApp()
    let underWay = 0
    let most = 0
    let isFull = Promise.withResolvers<void>()
    const { url } = served(async (_, count) => {
      underWay += 1
      most = Math.max(most, underWay)
      // The last one may be alone in its batch.
      if (underWay === together || count === 3) isFull.resolve()
      await isFull.promise
      underWay -= 1
      if (underWay === 0) isFull = Promise.withResolvers()
      return Response.json({})
    })
    const steps = [loop({ collection: [1, 2, 3], batchSize }), { id: 'inside', type: 'api', config: { url } }]
    const run = await app.run(await app.workflow(steps))
    expect([run.status, most]).toEqual(['completed', together])
  },
)

test('conditions and waits stand in loops, and each iteration goes its own way', async () => {
  const app = await workflowApp()
  const conditions = { left: '{{item}}', operator: 'gt', right: '1' }
  const steps = [
    loop({ collection: [1, 2, 3], steps: ['is-large', 'pause', 'large', 'small'] }),
    { id: 'is-large', type: 'condition', config: { conditions, then: ['pause', 'large'], else: ['small'] } },
    { id: 'pause', type: 'wait', config: { duration: '{{item}}', unit: 'seconds' } },
    inside({ large: '{{item}}' }, 'large'),
    inside({ small: '{{item}}' }, 'small'),
  ]
  const runId = await app.start(await app.workflow(steps))
  await app.passWait(runId, 2000)
  await app.passWait(runId, 3000)
  const run = await app.ended(runId)
  expect(run).toMatchObject({ status: 'completed', durationMs: 5000 })
  expect(run.output.results).toEqual([{ small: 1 }, { large: 2 }, { large: 3 }])
})

test('waits in one batch pass side by side', async () => {
  const app = await workflowApp()
  const steps = [
    loop({ collection: [1, 2, 3], batchSize: 3 }),
    { id: 'inside', type: 'wait', config: { duration: 1000 } },
  ]
  const runId = await app.start(await app.workflow(steps))
  await app.passWait(runId, 1000)
  expect(await app.ended(runId)).toMatchObject({
    status: 'completed',
    durationMs: 1000,
    output: { count: 3 },
  })
})

describe('an iteration that fails', () => {
  const steps = (strategy: string) => [
    loop({ collection: [1, 2, 3] }, { errorHandling: { strategy, fallback: 'none' } }),
    { id: 'inside', type: 'wait', config: { duration: '{{item === 2 ? "x" : 0}}' } },
    inside({ loop: '{{steps.each}}' }, 'end'),
  ]

  test.each([
    ['fail', 'failed', null, 'failed skipped'],
    ['continue', 'completed', { loop: 'none' }, 'failed completed'],
  ])('ends the loop, and with the strategy %s the run has %s', async (strategy, status, output, ends) => {
    const app = await workflowApp()
    const runId = await app.start(await app.workflow(steps(strategy)))
    const run = await app.ended(runId)
    expect(run).toMatchObject({ status, output })
    const told = run.steps.map(({ path, status }: { path: string; status: string }) => `${path} ${status}`)
    const [each, end] = ends.split(' ')
    expect(told.sort()).toEqual([
      `each ${each}`,
      'each[0]/inside completed',
      'each[1]/inside failed',
      `end ${end}`,
    ])
    const [failed] = run.steps.filter(({ path }: { path: string }) => path === 'each')
    expect(failed.error).toMatchObject({ code: 'VALIDATION_ERROR', step: 'inside' })
  })

  test('that itself goes on, leaves its fallback among the results', async () => {
    const app = await workflowApp()
    const errorHandling = { strategy: 'continue', fallback: 'skip' }
    const body = {
      id: 'inside',
      type: 'loop',
      config: { collection: '{{item}}', steps: ['deep'] },
      errorHandling,
    }
    const id = await app.workflow([loop({ collection: [[1], 'no list'] }), body, inside({ d: 1 }, 'deep')])
    expect((await app.run(id)).output.results).toEqual([expect.objectContaining({ count: 1 }), 'skip'])
  })

  test('leaves nobody to be asked for those beside it', async () => {
    const app = await workflowApp()
    const conditions = { left: '{{item}}', operator: 'eq', right: '1' }
    const id = await app.workflow([
      loop(
        { collection: [1, 2], batchSize: 2, steps: ['way', 'ask', 'fail'] },
        { errorHandling: { strategy: 'continue' } },
      ),
      { id: 'way', type: 'condition', config: { conditions, then: ['ask'], else: ['fail'] } },
      { id: 'ask', type: 'approval', config: {} },
      { id: 'fail', type: 'wait', config: { duration: '{{input.none}}' } },
      { id: 'pause', type: 'wait', config: { duration: 1000 } },
    ])
    const runId = await app.start(id)
    await app.untilWaiting(runId, 'pause')
    expect((await app.api(`GET /runs/${runId}`)).json.data).toMatchObject({
      status: 'running',
      approvals: [],
    })
    await app.passWait(runId, 1000)
    expect((await app.ended(runId)).status).toBe('completed')
  })
})
