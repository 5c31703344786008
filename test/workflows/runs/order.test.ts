import { describe, expect, test } from 'bun:test'
import { tieRecords } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { served } from '../../helpers/served.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

/** A server, and steps that each call it at the path of their id; `order` says who came, in order. */
function callers() {
  const { url, seen } = served(() => Response.json({}))
  const call = (id: string): LooseStep => ({ id, type: 'api', config: { url: `${url}/${id}` } })
  return { call, order: () => seen.map(({ path }) => path.slice(1)).join(' ') }
}

function condition(id: string, left: string, config: object = {}): LooseStep {
  return { id, type: 'condition', config: { conditions: { left, operator: 'eq', right: 'true' }, ...config } }
}

/** An active workflow with these edges, "from>to" or "from:handle>to". */
async function drawn(app: WorkflowApp, steps: LooseStep[], edges: string[], blocks: object = {}) {
  const id = await app.workflow(steps)
  const canvasState = {
    blocks,
    edges: edges.map((edge) => {
      const [, source, sourceHandle, target] = /^([^:>]+)(?::(\w+))?>(.+)$/.exec(edge) ?? []
      return { source, target, sourceHandle }
    }),
  }
  const reply = await app.api(`PATCH /workflows/${id}/canvas`, { canvasState })
  expect(reply.status).toBe(200)
  return id
}

type Shown = { path: string; status: string }

const make = (id: string): LooseStep => ({ id, type: 'transform', config: { mapping: {} } })

/** Carries these steps out ten times, and looks at each run when it has ended or waits for a person. */
async function inTenTiedRuns(
  steps: LooseStep[],
  look: (app: WorkflowApp, run: { id: string; steps: Shown[] }) => unknown,
) {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const workflowId = await app.workflow(steps)
  const started = await Promise.all(Array.from({ length: 10 }, () => app.start(workflowId)))
  for (const runId of started) await app.settled(runId)
  tieRecords(folder)
  for (const runId of started) await look(app, await app.settled(runId))
}

/** "a completed, b skipped" */
function told(run: { steps: Shown[] }): string {
  const sorted = run.steps.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return sorted.map(({ path, status }) => `${path} ${status}`).join(', ')
}

describe('without edges', () => {
  test('steps run one after the other, as the list has them, and the run gives what the last one gave', async () => {
    const app = await workflowApp()
    const { call, order } = callers()
    const last = { id: 'last', type: 'transform', config: { mapping: { n: 3 } } }
    const run = await app.run(await app.workflow([call('z'), call('a'), call('m'), last]))
    expect(order()).toBe('z a m')
    expect(run).toMatchObject({ status: 'completed', output: { n: 3 } })
  })

  test('a workflow of no steps completes, with nothing', async () => {
    const app = await workflowApp()
    expect(await app.run(await app.workflow([]))).toMatchObject({
      status: 'completed',
      output: null,
      steps: [],
    })
  })

  test.each([
    ['true', 'then', 'yes after', 'after completed, no skipped, way completed, yes completed'],
    ['false', 'else', 'no after', 'after completed, no completed, way completed, yes skipped'],
  ])(
    'a condition that is %s runs what its %s names, skips the other, and goes on',
    async (is, _, calls, steps) => {
      const app = await workflowApp()
      const { call, order } = callers()
      const way = condition('way', '{{input.is}}', { then: ['yes'], else: 'no' })
      const id = await app.workflow([way, call('yes'), call('no'), call('after')])
      const run = await app.run(id, { is })
      expect(order()).toBe(calls)
      expect(told(run)).toBe(steps)
      expect(run.status).toBe('completed')
    },
  )

  test('a condition that is skipped skips what it names, on both sides', async () => {
    const app = await workflowApp()
    const { call, order } = callers()
    const outer = condition('outer', '{{input.outer}}', { then: ['inner'] })
    const inner = condition('inner', '{{input.inner}}', { then: ['a'], else: ['b'] })
    const id = await app.workflow([outer, inner, call('a'), call('b'), call('end')])
    expect(told(await app.run(id, { outer: false, inner: true }))).toBe(
      'a skipped, b skipped, end completed, inner skipped, outer completed',
    )
    await app.run(id, { outer: true, inner: false })
    expect(order()).toBe('end b end')
  })
})

test('a condition shows the values that it compared; what it did not come to stays as it is written', async () => {
  const app = await workflowApp()
  const way = (id: string, config: object) => ({ id, type: 'condition', config })
  const left = { left: '{{input.n}}', operator: 'gt', right: '{{input.least}}' }
  const never = { left: '{{input.text}}', operator: 'exists' }
  const steps = [
    way('one', { conditions: left }),
    way('all', {
      conditions: { operator: 'or', conditions: [{ operator: 'not', conditions: [never] }, left, never] },
    }),
    way('studio', {
      conditions: [{ field: 'input.text', operator: 'equals', value: '{{input.text}}' }],
      combineOperator: 'AND',
    }),
    way('formula', { expression: '{{input.n}} > 1' }),
  ]
  const run = await app.run(await app.workflow(steps), { n: 5, least: '4', text: '{{input.n}}' })
  const shown = Object.fromEntries(
    run.steps.map(({ id, input }: { id: string; input: object }) => [id, input]),
  )
  expect(shown).toEqual({
    one: { conditions: { left: 5, operator: 'gt', right: '4' } },
    all: {
      conditions: {
        operator: 'or',
        conditions: [
          { operator: 'not', conditions: [{ left: '{{input.n}}', operator: 'exists' }] },
          { left: 5, operator: 'gt', right: '4' },
          never,
        ],
      },
    },
    studio: {
      conditions: [{ field: '{{input.n}}', operator: 'equals', value: '{{input.n}}' }],
      combineOperator: 'AND',
    },
    formula: { expression: '{{input.n}} > 1' },
  })
  expect(run.steps.map(({ output }: { output: { result: boolean } }) => output.result)).toEqual([
    true,
    true,
    true,
    true,
  ])
})

describe('steps that all began in the same millisecond', () => {
  test('stand in the steps and the logs of their run in the order in which they began', async () => {
    const ids = ['e', 'a', 'd', 'b', 'c']
    await inTenTiedRuns(ids.map(make), async (app, run) => {
      const logs = (await app.api(`GET /runs/${run.id}/logs`)).json.data
      for (const shown of [run.steps, logs]) expect(shown.map(({ path }: Shown) => path)).toEqual(ids)
    })
  })

  test('show a loop as completed, before its steps, while the run waits for a person', async () => {
    const each = { id: 'each', type: 'loop', config: { collection: [1, 2], steps: ['make'] } }
    const wanted = ['each completed', 'each[0]/make completed', 'each[1]/make completed', 'ask running']
    await inTenTiedRuns([each, make('make'), { id: 'ask', type: 'approval', config: {} }], (_, run) => {
      expect(run.steps.map(({ path, status }) => `${path} ${status}`)).toEqual(wanted)
    })
  })
})

describe('with the edges of a canvas', () => {
  test('branches run at once, and where they join, the step waits for both', async () => {
    const app = await workflowApp()
    const both = Promise.withResolvers<void>()
    // Neither is answered before both are there: one after the other would never end.
    const { url, seen } = served(async ({ path }, count) => {
      if (count === 2) both.resolve()
      if (path !== '/join') await both.promise
      return Response.json({ path })
    })
    const call = (id: string) => ({ id, type: 'api', config: { url: `${url}/${id}` } })
    const join = {
      id: 'join',
      type: 'api',
      config: {
        url: `${url}/join`,
        params: { l: '{{steps.left.data.path}}', r: '{{steps.right.data.path}}' },
      },
    }
    const edges = ['trigger>left', 'trigger>right', 'left>join', 'right>join']
    const run = await app.run(await drawn(app, [join, call('right'), call('left')], edges))
    expect(seen[2]?.path).toBe('/join?l=%2Fleft&r=%2Fright')
    expect(told(run)).toBe('join completed, left completed, right completed')
  })

  test.each([
    [true, 'yes end'],
    [false, 'no end'],
  ])('a condition that is %p opens its own handle only, and what joins both ways runs', async (is, calls) => {
    const app = await workflowApp()
    const { call, order } = callers()
    const steps = [call('end'), call('no'), call('yes'), condition('way', '{{input.is}}')]
    const edges = ['way:true>yes', 'way:false>no', 'yes>end', 'no>end']
    const run = await app.run(await drawn(app, steps, edges), { is })
    expect(order()).toBe(calls)
    expect(run.status).toBe('completed')
  })

  test('a disabled block is left out, and its dependents inherit its dependencies', async () => {
    const app = await workflowApp()
    const { call, order } = callers()
    const blocks = { first: { type: 'api' }, off: { type: 'api', enabled: false } }
    const steps = [call('last'), call('off'), call('first')]
    const run = await app.run(await drawn(app, steps, ['first>off', 'off>last'], blocks))
    expect(order()).toBe('first last')
    expect(run.status).toBe('completed')
    expect(JSON.stringify(run.steps)).not.toContain('"off"')
  })

  test('a trigger block of any name is where a run begins', async () => {
    const app = await workflowApp()
    const { call, order } = callers()
    const blocks = { start: { type: 'schedule_trigger' } }
    await app.run(await drawn(app, [call('b'), call('a')], ['start>a', 'a>b'], blocks))
    expect(order()).toBe('a b')
  })

  test('a step that fails ends the run: what runs beside it ends, and nothing further begins', async () => {
    const app = await workflowApp()
    const { call, order } = callers()
    const fail = { id: 'fail', type: 'transform', config: { mapping: { a: '{{input.text | keys}}' } } }
    const id = await drawn(
      app,
      [fail, call('beside'), call('after')],
      ['beside>after', 'trigger>fail', 'fail>after'],
    )
    const run = await app.run(id, { text: 'x' })
    expect(run).toMatchObject({ status: 'failed', error: { code: 'VALIDATION_ERROR', step: 'fail' } })
    expect(told(run)).toBe('after skipped, beside completed, fail failed')
    expect(order()).toBe('beside')
  })
})

describe('templates', () => {
  test('see every context that is documented, with their types kept, and null for what is missing', async () => {
    const app = await workflowApp({ workflowEnv: { API_URL: 'https://api.test' } })
    const rows: Record<string, [template: unknown, value: unknown]> = {
      input: ['{{input}}', { n: 2, list: [{ id: 'a' }], text: 'x' }],
      'a field of the input': ['{{input.n}}', 2],
      'by a dot and a number': ['{{input.list.0.id}}', 'a'],
      trigger: ['{{trigger.type}} {{trigger.body.n}}', 'api 2'],
      'the output of a step': ['{{steps.make-it.output.made}}', { flag: true }],
      'the same without .output': ['{{steps.make-it.made}}', { flag: true }],
      'a step that has none yet': ['{{steps.later.output}}', null],
      variables: ['{{variables.taxRate}}', 0.2],
      env: ['{{env.API_URL}}/v1', 'https://api.test/v1'],
      'what is not in env': ['{{env.PATH}}', null],
      now: ['{{now}}', '2026-11-21T09:00:00.000Z'],
      run: ['{{run.startedAt}} {{run.attempt}} {{run.id === runId}}', '2026-11-21T09:00:00.000Z 1 true'],
      workflow: ['{{workflow.name}} {{workflow.version}}', 'Test 1'],
      secrets: ['{{ secrets.TOKEN }}', '***'],
      number: ['{{input.n * 1.5}}', 3],
      boolean: ['{{input.n > 1}}', true],
      list: ['{{input.list}}', [{ id: 'a' }]],
      'in other text': ['n is {{input.n}}, list is {{input.list}}', 'n is 2, list is [{"id":"a"}]'],
      filters: ['{{input.list | length}} {{input.text | upper}}', '1 X'],
      missing: ['{{input.nothing.at.all}}', null],
      'missing in text': ['<{{input.nothing}}>', '<>'],
      'in a list': [
        ['{{input.n}}', { deep: '{{input.text}}' }],
        [2, { deep: 'x' }],
      ],
    }
    const templates = Object.fromEntries(Object.entries(rows).map(([name, [template]]) => [name, template]))
    const steps = [
      { id: 'make-it', type: 'transform', config: { mapping: { made: { flag: true } } } },
      { id: 'read', type: 'transform', config: { mapping: templates } },
      { id: 'later', type: 'transform', config: { mapping: { late: 1 } } },
    ]
    const id = await app.workflow(steps, { settings: { variables: { taxRate: 0.2 } } })
    await app.api(`POST /workflows/${id}/secrets`, { key: 'TOKEN', value: 'sk_live_do_not_show' })
    const run = await app.run(id, { n: 2, list: [{ id: 'a' }], text: 'x' })
    const values = Object.fromEntries(Object.entries(rows).map(([name, [, value]]) => [name, value]))
    expect(run.steps[1]).toMatchObject({ status: 'completed', output: values, input: { mapping: values } })
  })

  test('do not take what a value holds for another template', async () => {
    const app = await workflowApp()
    const steps = [
      { id: 'a', type: 'transform', config: { mapping: { text: '{{input.text}}' } } },
      { id: 'b', type: 'transform', config: { mapping: { text: '{{steps.a.text}}' } } },
      condition('c', '{{steps.b.text}}'),
    ]
    const run = await app.run(await app.workflow(steps), { text: '{{secrets.TOKEN}}{{runId}}' })
    expect(run.steps[1].output).toEqual({ text: '{{secrets.TOKEN}}{{runId}}' })
    expect(run.steps[2].output.result).toBe(false)
  })

  test('see a workflow’s variables, wherever it declares them, also by their bare names', async () => {
    const app = await workflowApp()
    const mapping = {
      settings: '{{variables.channel}}/{{channel}}',
      map: '{{rate * 2}}',
      both: '{{shared}}',
      context: '{{input.a}}/{{variables.input}}',
    }
    const steps = [{ id: 's', type: 'transform', config: { mapping } }]
    const settings = { variables: { channel: '#a', shared: 'settings' } }
    const map = { rate: 2, shared: 'own', input: 'mine' }
    const byMap = await app.run(await app.workflow(steps, { settings, variables: map }), { a: 1 })
    expect(byMap.output).toEqual({ settings: '#a/#a', map: 4, both: 'own', context: '1/mine' })
    const list = [
      { name: 'rate', type: 'number', required: true },
      { name: 'shared', type: 'string', default: 'list' },
      { name: 'input' },
    ]
    const byList = await app.run(await app.workflow(steps, { settings, variables: list }), { a: 1 })
    expect(byList.output).toEqual({ settings: '#a/#a', map: null, both: 'list', context: '1/' })
  })

  test('see a workflow’s variables of the version that runs', async () => {
    const app = await workflowApp()
    const steps = [
      { id: 'pause', type: 'wait', config: { duration: 1, unit: 'minutes' } },
      { id: 's', type: 'transform', config: { mapping: { v: '{{v}}' } } },
    ]
    const id = await app.workflow(steps, { variables: { v: 1 } })
    const runId = await app.start(id)
    expect((await app.api(`PUT /workflows/${id}`, { variables: { v: 2 } })).json.data.variables).toEqual({
      v: 2,
    })
    await app.passWait(runId, 60_000)
    expect((await app.settled(runId)).output).toEqual({ v: 1 })
  })

  test('take names that every object has for names like others', async () => {
    const app = await workflowApp()
    const ids = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const mapping = Object.fromEntries(ids.map((id) => [`of ${id}`, `{{steps.${id}.output.n}}`]))
    const missing = {
      a: '{{input.constructor}}',
      b: '{{input.__proto__.polluted}}',
      c: '{{steps.none_of_this.constructor}}',
      e: '{{input.text.constructor}}',
      f: '{{input["__proto__"]}}',
    }
    const steps = [
      ...ids.map((id, n) => ({ id, type: 'transform', config: { mapping: { n } } })),
      { id: 'none_of_this', type: 'transform', config: { mapping: { n: 1 } } },
      { id: 'read', type: 'transform', config: { mapping: { ...mapping, ...missing } } },
    ]
    const run = await app.run(await app.workflow(steps), { text: 'x' })
    const read = Object.fromEntries(ids.map((id, n) => [`of ${id}`, n]))
    const nothing = { a: null, b: null, c: null, e: null, f: null }
    expect(run).toMatchObject({ status: 'completed', output: { ...read, ...nothing } })
    expect(run.steps.map(({ id }: { id: string }) => id)).toEqual([...ids, 'none_of_this', 'read'])
  })
})
