import { describe, expect, test } from 'bun:test'
import { canvas, plain } from '../../helpers/definition.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: plain('a b') }
/** As Studio saves it, with what we do not read. */
const CANVAS = {
  blocks: {
    trigger: { id: 'trigger', type: 'api_trigger', position: { x: 1, y: 2.5 } },
    a: {
      id: 'a',
      type: 'slack',
      enabled: true,
      subBlocks: { channel: { id: 'channel', type: 'input', value: '#a' } },
    },
    b: { id: 'b', type: 'slack', enabled: true, horizontalHandles: false, data: {} },
  },
  edges: [
    { id: 'e1', source: 'trigger', target: 'a' },
    { id: 'e2', source: 'a', target: 'b', sourceHandle: null, style: { color: 'red' } },
  ],
  loops: {},
  parallels: {},
  zoom: 0.75,
}

async function setUp() {
  const { workflows, clock, workflowsKey, app, url } = testApp()
  const key = await workflowsKey()
  const send = (line: string, json?: unknown) => workflows(line, { key, json })
  const { id } = (await send('POST /workflows', WORKFLOW)).json.data
  return { app, clock, send, id, workflows, workflowsKey, base: `${url}/api/v1`, key }
}

test('a workflow has no canvas until it is drawn, and then gives it back as it was sent', async () => {
  const { send, id } = await setUp()
  expect((await send(`GET /workflows/${id}`)).json.data.canvasState).toBeNull()
  const drawn = await send(`PATCH /workflows/${id}/canvas`, { canvasState: CANVAS })
  expect([drawn.status, drawn.json.data.canvasState]).toEqual([200, CANVAS])
  const read = await send(`GET /workflows/${id}`)
  expect(read.json.data).toEqual(drawn.json.data)
  expect(read.text).toContain(JSON.stringify(CANVAS))
})

test('a draft is drawn in place, an active workflow in its next version', async () => {
  const { send, id, clock } = await setUp()
  const draft = (await send(`PATCH /workflows/${id}/canvas`, { canvasState: canvas('a>b') })).json.data
  await send(`POST /workflows/${id}/activate`)
  clock.advance(1000)
  const change = { canvasState: CANVAS, changeSummary: 'drawn' }
  const active = (await send(`PATCH /workflows/${id}/canvas`, change)).json.data
  expect([draft.version, active.version, active.status]).toEqual([1, 2, 'active'])
  const versions = (await send(`GET /workflows/${id}/versions`)).json.data
  expect(versions).toMatchObject([
    { version: 2, canvasState: CANVAS, changeSummary: 'drawn', createdAt: '2026-11-21T09:00:01.000Z' },
    { version: 1, canvasState: canvas('a>b') },
  ])
})

test('the steps may come with the canvas, and the canvas may go', async () => {
  const { send, id } = await setUp()
  const change = { canvasState: canvas('c>d'), steps: plain('c d') }
  expect((await send(`PATCH /workflows/${id}/canvas`, change)).json.data).toMatchObject(change)
  const gone = (await send(`PATCH /workflows/${id}/canvas`, { canvasState: null })).json.data
  expect(gone).toMatchObject({ canvasState: null, steps: change.steps })
})

test('a workflow that is made as another was read has the canvas of that one', async () => {
  const { send, id } = await setUp()
  const read = (await send(`PATCH /workflows/${id}/canvas`, { canvasState: CANVAS })).json.data
  const copy = await send('POST /workflows', read)
  expect([copy.status, copy.json.data.canvasState]).toEqual([201, CANVAS])
})

test('a canvas that does not fit its steps is refused, also where a workflow is made with it', async () => {
  const { send } = await setUp()
  const { status, json } = await send('POST /workflows', { ...WORKFLOW, canvasState: canvas('a>x') })
  expect([status, json.error.details]).toEqual([
    400,
    [{ field: 'canvasState.edges[0].target', message: 'is not the id of a step of this workflow' }],
  ])
})

test('an update keeps the canvas, and its steps must fit it', async () => {
  const { send, id } = await setUp()
  await send(`PATCH /workflows/${id}/canvas`, { canvasState: CANVAS })
  const kept = await send(`PUT /workflows/${id}`, { name: 'New', steps: plain('b a c') })
  expect(kept.json.data).toMatchObject({ name: 'New', canvasState: CANVAS })
  const refused = await send(`PUT /workflows/${id}`, { steps: plain('a') })
  expect(refused.json.error.details).toEqual([
    { field: 'canvasState.edges[1].target', message: 'is not the id of a step of this workflow' },
  ])
  expect((await send(`GET /workflows/${id}`)).json.data.steps).toEqual(plain('b a c'))
})

test('each call changes its own: an update draws nothing, and a drawing renames nothing', async () => {
  const { send, id } = await setUp()
  const update = { description: 'd', canvasState: 'x' }
  expect((await send(`PUT /workflows/${id}`, update)).json.data.canvasState).toBeNull()
  const drawn = await send(`PATCH /workflows/${id}/canvas`, { canvasState: CANVAS, name: 7 })
  expect(drawn.json.data.name).toBe('n')
})

test('others do not see it, and an archived one is drawn no more', async () => {
  const { app, send, id, workflows, workflowsKey } = await setUp()
  const json = { canvasState: CANVAS }
  const reader = { key: await workflowsKey(['workflows:read']), json }
  const other = await app.admin.accounts.create({ name: 'other' })
  const strange = { key: await workflowsKey(undefined, other.id), json }
  expect((await workflows(`PATCH /workflows/${id}/canvas`, strange)).status).toBe(404)
  expect((await workflows(`PATCH /workflows/${id}/canvas`, reader)).status).toBe(403)
  await send(`DELETE /workflows/${id}`)
  expect((await send(`PATCH /workflows/${id}/canvas`, json)).status).toBe(409)
})

describe('a canvas is refused, with the field named, for', () => {
  test.each<[string, unknown, string]>([
    ['no canvasState', undefined, 'canvasState'],
    ['a text', 'x', 'canvasState'],
    ['a list', [], 'canvasState'],
    ['blocks in a list', { blocks: [] }, 'canvasState.blocks'],
    ['a block that is null', { blocks: { a: null } }, 'canvasState.blocks.a'],
    [
      'a block that is enabled by a text',
      { blocks: { a: { enabled: 'no' } } },
      'canvasState.blocks.a.enabled',
    ],
    [
      'a block inside a number',
      { blocks: { a: { data: { parentId: 7 } } } },
      'canvasState.blocks.a.data.parentId',
    ],
    ['an edge from nothing', { edges: [{ target: 'a' }] }, 'canvasState.edges[0].source'],
    ['edges in an object', { edges: {} }, 'canvasState.edges'],
    ['5,001 edges', { edges: Array(5001).fill({ source: 'a', target: 'b' }) }, 'canvasState.edges'],
    ['nodes that are numbers', { loops: { a: { nodes: [7] } } }, 'canvasState.loops.a.nodes[0]'],
    ['nodes of a loop where no loop is', { loops: { a: { nodes: ['b'] } } }, 'canvasState.loops.a'],
    ['an edge to a step that is not there', canvas('a>x'), 'canvasState.edges[0].target'],
    ['a cycle', canvas('a>b b>a'), 'canvasState.edges[1]'],
  ])('%s', async (_, canvasState, field) => {
    const { send, id } = await setUp()
    const { status, json } = await send(`PATCH /workflows/${id}/canvas`, { canvasState })
    expect([status, json.error.code, json.error.message]).toEqual([
      400,
      'VALIDATION_ERROR',
      'Invalid workflow configuration',
    ])
    expect(json.error.details.map((detail: { field: string }) => detail.field)).toContain(field)
    expect((await send(`GET /workflows/${id}`)).json.data.canvasState).toBeNull()
  })

  test.each<[string, object, string]>([
    ['a type that a loop cannot have', { loopType: 'doWhile' }, 'loopType'],
    ['a number of iterations that is none', { loopType: 'for', iterations: 0 }, 'iterations'],
    ['a type that is an object, and no text can be made of it', { loopType: { toString: 1 } }, 'loopType'],
    ['a list that is an object', { loopType: 'forEach', forEachItems: {} }, 'forEachItems'],
  ])('a drawn loop with %s', async (_, loop, field) => {
    const { send, id } = await setUp()
    const steps = [{ id: 'each', type: 'loop', config: { steps: ['a'] } }, ...plain('a')]
    const canvasState = { loops: { each: loop } }
    const { status, json } = await send(`PATCH /workflows/${id}/canvas`, { canvasState, steps })
    const fields = json.error.details.map((detail: { field: string }) => detail.field)
    expect([status, fields]).toEqual([400, [`canvasState.loops.each.${field}`]])
  })

  test('null where the steps need what was drawn, and the answer says what they lack', async () => {
    const { send, id } = await setUp()
    const loop = { id: 'each', type: 'loop', config: { steps: ['a'] } }
    const check = { id: 'check', type: 'condition', config: { conditions: '{{input.x}}', then: ['b'] } }
    const drawn = {
      steps: [loop, ...plain('b a'), check],
      canvasState: { ...canvas('check>b'), loops: { each: { iterations: 2 } } },
    }
    expect((await send(`PATCH /workflows/${id}/canvas`, drawn)).status).toBe(200)
    const { status, json } = await send(`PATCH /workflows/${id}/canvas`, { canvasState: null })
    expect([status, json.error.details]).toEqual([
      400,
      [
        { field: 'steps[0].config.collection', message: 'is required in a loop of the type forEach' },
        { field: 'steps[3].config.then[0]', message: 'is the id of a step that runs before the condition' },
      ],
    ])
  })

  scenarios(setUp, [
    {
      title: 'a workflow that is not there',
      request: 'PATCH /workflows/none/canvas',
      status: 404,
      json: { canvasState: {} },
      expected: ['"NOT_FOUND"', 'Workflow not found'],
    },
  ])
})
