import { describe, expect, test } from 'bun:test'
import { createDefinitionStore } from '../../../src/workflows/definitions/definition-store.ts'
import { queryPlans } from '../../helpers/query-plans.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'
import { testDatabase } from '../../helpers/test-database.ts'

const STEPS = [
  { id: 'charge', type: 'action', action: 'stripe.createCharge', config: { amount: '{{input.amount}}' } },
  {
    id: 'check',
    type: 'condition',
    config: { conditions: { left: '1', operator: 'eq', right: '1' }, then: [] },
  },
]
const WORKFLOW = {
  name: 'Invoice reminder',
  description: 'Reminds',
  trigger: { type: 'webhook', provider: 'stripe', events: ['invoice.paid'] },
  steps: STEPS,
  inputSchema: { type: 'object', properties: { amount: { type: 'number' } } },
}

type Version = { version: number; settings: { text: string } }

async function setUp() {
  const { workflows, clock, workflowsKey, app } = testApp()
  const key = await workflowsKey()
  const send = (line: string, json?: unknown) => workflows(line, { key, json })
  const create = async (change = {}) => (await send('POST /workflows', { ...WORKFLOW, ...change })).json.data
  return { app, clock, send, create, workflows, workflowsKey }
}

describe('a workflow', () => {
  test('is created as a draft and read back as it was sent', async () => {
    const { send } = await setUp()
    const created = await send('POST /workflows', WORKFLOW)
    expect(created.status).toBe(201)
    const { id } = created.json.data
    expect(created.json.data).toEqual({
      ...WORKFLOW,
      id,
      status: 'draft',
      version: 1,
      outputSchema: null,
      settings: null,
      variables: null,
      canvasState: null,
      createdAt: '2026-11-21T09:00:00.000Z',
      updatedAt: '2026-11-21T09:00:00.000Z',
    })
    expect((await send(`GET /workflows/${id}`)).json.data).toEqual(created.json.data)
  })

  test('keeps what steps hold beyond the documented fields', async () => {
    const { create, send } = await setUp()
    const steps = [
      { id: 's', type: 'wait', config: { duration: 5, deep: { a: [1, null, '✓'] } }, timeoutMs: 1000 },
    ]
    const { id } = await create({ steps })
    expect((await send(`GET /workflows/${id}`)).json.data.steps).toEqual(steps)
  })

  test.each([
    { type: 'event', provider: 'salesforce', events: ['Account.changed'] },
    { type: 'email', fromAllowlist: ['a@example.com'], subjectContains: 'Invoice', requireAttachment: true },
    { type: 'justpaid', events: ['invoice.created'], filter: { data: { status: 'paid' } } },
    { type: 'manual' },
  ])(
    'with a trigger of the vendor that Keyward does not fire is kept, and runs over the API: %j',
    async (trigger) => {
      const { send } = await setUp()
      const { status, json } = await send('POST /workflows', { name: 'n', trigger, steps: [] })
      expect([status, json.data.trigger]).toEqual([201, trigger])
      await send(`POST /workflows/${json.data.id}/activate`)
      expect((await send(`POST /workflows/${json.data.id}/run`)).status).toBe(202)
    },
  )

  test('belongs to its account: for others it is not there', async () => {
    const { app, create, workflows, workflowsKey } = await setUp()
    const { id } = await create()
    const other = await app.admin.accounts.create({ name: 'other' })
    const key = await workflowsKey(undefined, other.id)
    for (const request of [
      `GET /workflows/${id}`,
      `DELETE /workflows/${id}`,
      `POST /workflows/${id}/activate`,
    ]) {
      expect((await workflows(request, { key })).status).toBe(404)
    }
    expect((await workflows('GET /workflows', { key })).json.data).toEqual([])
  })
})

describe('the life of a workflow', () => {
  test('goes from draft to active, paused, active and archived', async () => {
    const { create, send } = await setUp()
    const { id } = await create()
    const statuses = []
    for (const request of [`POST /workflows/${id}/activate`, `POST /workflows/${id}/pause`]) {
      statuses.push((await send(request)).json.data.status)
    }
    statuses.push((await send(`POST /workflows/${id}/activate`)).json.data.status)
    statuses.push((await send(`DELETE /workflows/${id}`)).json.data.status)
    expect(statuses).toEqual(['active', 'paused', 'active', 'archived'])
    expect((await send(`GET /workflows/${id}`)).json.data.status).toBe('archived')
  })

  test('asking for the state it is in changes nothing', async () => {
    const { create, send, clock } = await setUp()
    const { id } = await create()
    const first = await send(`POST /workflows/${id}/activate`)
    clock.advance(1000)
    expect((await send(`POST /workflows/${id}/activate`)).text).toBe(first.text)
  })

  test.each([
    ['a draft cannot be paused', [], 'POST pause', 'draft'],
    ['an archived one cannot be activated', ['DELETE '], 'POST activate', 'archived'],
    ['an archived one cannot be changed', ['DELETE '], 'PUT ', 'archived'],
  ])('%s: 409 naming its status', async (_, before, forbidden, status) => {
    const { create, send } = await setUp()
    const { id } = await create()
    const line = (step: string) => {
      const [method, action] = step.split(' ')
      return `${method} /workflows/${id}${action ? `/${action}` : ''}`
    }
    for (const step of before) await send(line(step))
    const reply = await send(line(forbidden), forbidden.startsWith('PUT') ? { name: 'n' } : undefined)
    expect([reply.status, reply.json.error.code]).toEqual([409, 'CONFLICT'])
    expect(reply.json.error.message).toContain(status)
  })
})

describe('updating', () => {
  test('a draft changes what is named, in place', async () => {
    const { create, send, clock } = await setUp()
    const { id } = await create()
    clock.advance(1000)
    const { data } = (await send(`PUT /workflows/${id}`, { name: 'New', description: null })).json
    expect(data).toMatchObject({ name: 'New', description: null, steps: STEPS, version: 1, status: 'draft' })
    expect([data.createdAt, data.updatedAt]).toEqual(['2026-11-21T09:00:00.000Z', '2026-11-21T09:00:01.000Z'])
  })

  test('by nothing that an update knows is refused with the near miss, and makes no version', async () => {
    const { create, send } = await setUp()
    const { id } = await create()
    await send(`POST /workflows/${id}/activate`)
    for (const [body, hint] of [
      [{ nmae: 'New' }, 'Did you mean "name"?'],
      [{ status: 'paused' }, 'a body may have name, description'],
    ] as const) {
      const reply = await send(`PUT /workflows/${id}`, body)
      expect([reply.status, reply.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
      expect(reply.json.error.message).toContain(hint)
    }
    expect((await send(`GET /workflows/${id}/versions`)).json.data).toHaveLength(1)
  })

  test('an active workflow makes a new version and keeps the replaced one', async () => {
    const { create, send, clock } = await setUp()
    const { id } = await create()
    await send(`POST /workflows/${id}/activate`)
    clock.advance(1000)
    const { data } = (
      await send(`PUT /workflows/${id}`, { name: 'Two', steps: [], changeSummary: 'emptied' })
    ).json
    expect(data).toMatchObject({ name: 'Two', steps: [], version: 2, status: 'active' })
    const versions = (await send(`GET /workflows/${id}/versions`)).json.data
    expect(versions).toMatchObject([
      { version: 2, name: 'Two', steps: [], changeSummary: 'emptied', createdAt: '2026-11-21T09:00:01.000Z' },
      {
        version: 1,
        name: WORKFLOW.name,
        steps: STEPS,
        changeSummary: null,
        createdAt: '2026-11-21T09:00:00.000Z',
      },
    ])
  })
})

describe('what changes while a schema is looked at in its thread counts:', () => {
  const schema = { type: 'object' }

  test('a workflow that is archived meanwhile is not changed', async () => {
    const { app, create } = await setUp()
    const { definitions } = app.workflows
    const { id } = await create()
    const accountId = (await app.admin.accounts.list())[0]?.id ?? ''
    const changing = definitions.update(accountId, id, { name: 'Other', inputSchema: schema })
    definitions.archive(accountId, id)
    await expect(changing).rejects.toThrow('Workflow is archived')
    expect(definitions.get(accountId, id)).toMatchObject({ name: WORKFLOW.name, status: 'archived' })
  })

  test('two changes at once both hold', async () => {
    const { app, create } = await setUp()
    const { definitions } = app.workflows
    const { id } = await create()
    const accountId = (await app.admin.accounts.list())[0]?.id ?? ''
    await Promise.all([
      definitions.update(accountId, id, { description: 'Other', inputSchema: schema }),
      definitions.update(accountId, id, { name: 'Other' }),
    ])
    expect(definitions.get(accountId, id)).toMatchObject({ name: 'Other', description: 'Other' })
  })

  test('a workflow that is paused meanwhile starts no run', async () => {
    const { app, create, send } = await setUp()
    const { definitions, runs } = app.workflows
    const { id } = await create({ trigger: { type: 'api' }, inputSchema: schema })
    await send(`POST /workflows/${id}/activate`)
    const accountId = (await app.admin.accounts.list())[0]?.id ?? ''
    const starting = runs.start({
      accountId,
      workflowId: id,
      triggerType: 'api',
      trigger: {},
      input: {},
      connectionId: null,
      idempotencyKey: null,
      maxExecutionTimeMs: null,
    })
    definitions.pause(accountId, id)
    await expect(starting).rejects.toThrow('Workflow is paused')
    expect((await send('GET /runs')).json.data).toEqual([])
  })
})

describe('listing', () => {
  async function withMany() {
    const { create, send, clock } = await setUp()
    for (const name of ['Alpha', 'Beta', 'alphabet', 'Gamma']) {
      await create({ name })
      clock.advance(1000)
    }
    const names = async (query = '') => {
      const reply = await send(`GET /workflows${query}`)
      return reply.json.data.map((workflow: { name: string }) => workflow.name)
    }
    return { send, names }
  }

  test('shows newest first, without steps', async () => {
    const { send, names } = await withMany()
    expect(await names()).toEqual(['Gamma', 'alphabet', 'Beta', 'Alpha'])
    expect(Object.keys((await send('GET /workflows')).json.data[0]).sort()).toEqual([
      'createdAt',
      'description',
      'id',
      'name',
      'status',
      'trigger',
      'updatedAt',
      'version',
    ])
  })

  test('finds part of a name, in upper or lower case, and takes no wildcards', async () => {
    const { names } = await withMany()
    expect(await names('?search=ALPHA')).toEqual(['alphabet', 'Alpha'])
    expect(await names('?search=%25')).toEqual([])
  })

  test('filters by status; archived ones show only when asked for', async () => {
    const { send, names } = await withMany()
    const [newest, second] = (await send('GET /workflows')).json.data
    await send(`POST /workflows/${newest.id}/activate`)
    await send(`DELETE /workflows/${second.id}`)
    expect(await names('?status=active')).toEqual(['Gamma'])
    expect(await names('?status=archived')).toEqual(['alphabet'])
    expect(await names()).toEqual(['Gamma', 'Beta', 'Alpha'])
  })

  test('goes on where the cursor says, also among workflows of the same millisecond', async () => {
    const { create, send } = await setUp()
    for (let i = 0; i < 7; i++) await create({ name: `${i}` })
    const names: string[] = []
    let cursor = ''
    do {
      const page = (await send(`GET /workflows?limit=3${cursor}`)).json
      names.push(...page.data.map((workflow: { name: string }) => workflow.name))
      cursor = page.meta.hasMore ? `&cursor=${encodeURIComponent(page.meta.cursor)}` : ''
    } while (cursor)
    expect(names.sort()).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })
})

describe('the versions of a workflow', () => {
  /** An active workflow, with a version for each of these texts after the first. */
  async function withVersions(texts: string[]) {
    const { create, send } = await setUp()
    const { id } = await create({ settings: { text: 'first' } })
    await send(`POST /workflows/${id}/activate`)
    for (const text of texts) await send(`PUT /workflows/${id}`, { settings: { text } })
    const page = async (query: string) => (await send(`GET /workflows/${id}/versions${query}`)).json
    const pages = async (limit: number) => {
      const found: number[][] = []
      for (let query = `?limit=${limit}`; query !== ''; ) {
        const { data, meta } = await page(query)
        found.push(data.map(({ version }: { version: number }) => version))
        query = meta.hasMore ? `?limit=${limit}&cursor=${encodeURIComponent(meta.cursor)}` : ''
      }
      return found
    }
    return { id, send, page, pages }
  }

  test('come in pages, each version once, the current one first', async () => {
    const { page, pages } = await withVersions(['b', 'c', 'd', 'e'])
    expect(await pages(2)).toEqual([[5, 4], [3, 2], [1]])
    expect(await pages(1)).toEqual([[5], [4], [3], [2], [1]])
    expect(await pages(5)).toEqual([[5, 4, 3, 2, 1]])
    expect((await page('')).meta).toEqual({ cursor: null, hasMore: false })
  })

  test('go on where the cursor says when there is a new version meanwhile', async () => {
    const { id, send, page } = await withVersions(['b', 'c'])
    const { meta } = await page('?limit=1')
    await send(`PUT /workflows/${id}`, { name: 'New' })
    const { data } = await page(`?cursor=${encodeURIComponent(meta.cursor)}`)
    expect(data.map(({ version, settings }: Version) => [version, settings.text])).toEqual([
      [2, 'b'],
      [1, 'first'],
    ])
  })

  test('make a page of few where they are large, so that no other request waits for many', async () => {
    const large = Array.from({ length: 4 }, (_, i) => `${i}`.repeat(600_000))
    const { pages } = await withVersions(large)
    expect(await pages(50)).toEqual([[5, 4], [3], [2, 1]])
  })

  test('refuse the cursor of another list, and a limit that is none', async () => {
    const { page } = await withVersions([])
    for (const id of ['x', '0', '-1', '1e3', '99999999999999999999', crypto.randomUUID()]) {
      const { error } = await page(`?cursor=${btoa(JSON.stringify({ ts: 1, id }))}`)
      expect([id, error.details]).toEqual([
        id,
        [{ field: 'cursor', message: 'must be a cursor that an earlier answer gave' }],
      ])
    }
    expect((await page('?limit=101')).error.details[0].field).toBe('limit')
  })
})

test('a list of workflows is a walk along one index, which has all that it filters by', () => {
  const db = testDatabase()
  const store = createDefinitionStore(db)
  const filter = { status: 'active', search: 'x', after: { createdAt: 1, id: 'x' }, limit: 50 } as const
  const [listing] = queryPlans(db, () => store.list('a', filter))
  const index = 'workflows_listing (account_id=? AND (created_at,id)<(?,?))'
  expect(listing?.steps).toEqual([`SEARCH workflows USING INDEX ${index}`])
  const columns = db.$client.pragma('index_info(workflows_listing)') as { name: string }[]
  expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['status', 'name']))
})

test('custom webhooks find their workflows by an index of paths, so that no trigger of another path is read', () => {
  const db = testDatabase()
  const store = createDefinitionStore(db)
  const [byPath] = queryPlans(db, () => store.startedAt('a', ['x', '/x']))
  const [byProvider] = queryPlans(db, () => store.startedBy('a', 'github'))
  const index = 'SEARCH workflows USING INDEX workflows_webhooks (account_id=? AND <expr>=?'
  expect([byPath?.steps[0], byProvider?.steps[0]]).toEqual([`${index} AND <expr>=?)`, `${index})`])
})

test('a workflow that webhooks do not start any more takes no events, though it was found before', async () => {
  const { app, create, send } = await setUp()
  const { id } = await create()
  await send(`POST /workflows/${id}/activate`)
  const events = () => app.workflows.definitions.eventsOf(id)?.events
  const changes: [object, string[] | undefined][] = [
    [{ type: 'schedule', cron: '0 9 * * *' }, undefined],
    [{ type: 'manual' }, undefined],
    [{ type: 'webhook', provider: 'stripe' }, []],
  ]
  expect(events()).toEqual(['invoice.paid'])
  for (const [trigger, taken] of changes) {
    await send(`PUT /workflows/${id}`, { trigger })
    expect([trigger, events()]).toEqual([trigger, taken])
  }
  await send(`POST /workflows/${id}/pause`)
  expect(events()).toBeUndefined()
})

test('a trigger of 16 KiB as JSON is taken, with its unknown fields, and one byte more is refused', async () => {
  const { send } = await setUp()
  const empty = JSON.stringify({ type: 'webhook', path: 'a', note: '' }).length
  const save = (note: string) =>
    send('POST /workflows', { name: 'n', trigger: { type: 'webhook', path: 'a', note }, steps: [] })
  const fits = 'x'.repeat(16 * 1024 - empty)
  const { status, json } = await save(fits)
  expect([status, json.data.trigger.note]).toEqual([201, fits])
  const details = [{ field: 'trigger', message: 'must not be larger than 16 KiB as JSON' }]
  for (const tooLarge of [`${fits}x`, `${fits.slice(1)}ü`]) {
    expect((await save(tooLarge)).json.error).toMatchObject({ code: 'VALIDATION_ERROR', details })
  }
})

describe('a workflow is refused, with the field named, for', () => {
  const prepare = async () => {
    const { url, workflowsKey } = testApp()
    return { base: `${url}/api/v1`, key: await workflowsKey() }
  }
  const refused = (title: string, change: object, ...expected: string[]) => ({
    title,
    request: 'POST /workflows',
    json: { ...WORKFLOW, ...change },
    status: 400,
    expected: ['"VALIDATION_ERROR"', '"Invalid workflow configuration"', ...expected],
  })
  const step = (change: object) => ({ steps: [STEPS[0], { ...STEPS[1], ...change }] })
  const schedule = (change: object) => ({ trigger: { type: 'schedule', ...change } })

  scenarios(prepare, [
    refused('no name', { name: undefined }, '{"field":"name","message":"is required"}'),
    refused('an empty name', { name: '' }, '"field":"name"'),
    refused('a name of 256 characters', { name: 'n'.repeat(256) }, '"field":"name"'),
    refused('a name with a control character', { name: 'a\nb' }, '"field":"name"'),
    refused('steps that are no array', { steps: {} }, '{"field":"steps","message":"must be an array'),
    refused('a step without an id', step({ id: undefined }), '"field":"steps[1].id"'),
    refused('a step id with a dot', step({ id: 'a.b' }), '"field":"steps[1].id"'),
    refused(
      'two steps of one id',
      step({ id: 'charge' }),
      '"steps[1].id","message":"is also the id of steps[0]"',
    ),
    refused(
      'an unknown step type',
      step({ type: 'dance' }),
      '"field":"steps[1].type","message":"must be one of action',
    ),
    refused('a step without a config', step({ config: undefined }), '"field":"steps[1].config"'),
    refused('a step that is null', { steps: [null] }, '"field":"steps[0]","message":"must be an object"'),
    refused('501 steps', { steps: Array(501).fill(STEPS[0]) }, '"field":"steps"'),
    refused('no trigger', { trigger: undefined }, '"field":"trigger"'),
    refused(
      'an unknown trigger type',
      { trigger: { type: 'moon' } },
      '"trigger.type","message":"must be one of api',
    ),
    refused(
      'a webhook provider that is no text',
      { trigger: { type: 'webhook', provider: 7 } },
      '"trigger.provider"',
    ),
    refused(
      'a token for a webhook, which nothing would ask for',
      { trigger: { type: 'webhook', path: '/a', authToken: 's3cReT' } },
      '"field":"trigger.authToken","message":"is not supported',
    ),
    refused(
      'an email trigger whose senders are a text',
      { trigger: { type: 'email', fromAllowlist: 'a' } },
      '"trigger.fromAllowlist"',
    ),
    refused('a schedule of nothing', schedule({}), 'exactly one of cron and interval'),
    refused(
      'a schedule of both',
      schedule({ cron: '0 9 * * *', interval: { value: 1, unit: 'days' } }),
      'exactly one of cron and interval',
    ),
    refused('a cron of four fields', schedule({ cron: '0 9 * *' }), '"trigger.cron"'),
    refused('a cron with seconds', schedule({ cron: '0 0 9 * * *' }), '"trigger.cron"'),
    refused('a cron of nonsense', schedule({ cron: '99 99 * * *' }), '"trigger.cron"'),
    refused(
      'the 31st of February',
      schedule({ cron: '0 0 31 2 *' }),
      '"trigger.cron","message":"never matches a date',
    ),
    refused(
      'an unknown time zone',
      schedule({ cron: '0 9 * * *', timezone: 'Mars/Base' }),
      '"trigger.timezone"',
    ),
    refused(
      'an interval of none',
      schedule({ interval: { value: 0, unit: 'days' } }),
      '"trigger.interval.value"',
    ),
    refused('an input schema that is a list', { inputSchema: [] }, '"field":"inputSchema"'),
    { title: 'limit=0', request: 'GET /workflows?limit=0', status: 400, expected: ['"field":"limit"'] },
    { title: 'limit=101', request: 'GET /workflows?limit=101', status: 400, expected: ['"field":"limit"'] },
    { title: 'limit=ten', request: 'GET /workflows?limit=ten', status: 400, expected: ['"field":"limit"'] },
    {
      title: 'an unknown status',
      request: 'GET /workflows?status=x',
      status: 400,
      expected: ['"field":"status"'],
    },
    {
      title: 'a made-up cursor',
      request: 'GET /workflows?cursor=abc',
      status: 400,
      expected: ['"field":"cursor"'],
    },
    {
      title: 'a cursor of something else',
      request: `GET /workflows?cursor=${btoa('{"ts":"now","id":1}')}`,
      status: 400,
      expected: ['"field":"cursor"'],
    },
  ])
})
