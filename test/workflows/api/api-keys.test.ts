import { describe, expect, test } from 'bun:test'
import { manyKeysMadeBy } from '../../helpers/many-keys.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

const ALL = [
  ...['workflows:read', 'workflows:write', 'workflows:execute'],
  ...['runs:read', 'connections:read', 'connections:write'],
]
const NEW_KEY = {
  name: 'Production API Key',
  scopes: ['workflows:read', 'workflows:write', 'workflows:execute'],
}

describe('creating a key', () => {
  test('gives it whole, once, and nobody in between may keep it', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    const created = await workflows('POST /auth/api-keys', { key, json: NEW_KEY })
    expect(created.status).toBe(201)
    expect(created.headers.get('cache-control')).toBe('no-store')
    const { id, key: token } = created.json.data
    expect(created.json.data).toEqual({
      id,
      name: NEW_KEY.name,
      scopes: NEW_KEY.scopes,
      key: token,
      prefix: token.slice(0, 20),
      createdAt: '2026-11-21T09:00:00.000Z',
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
    })
    expect((await workflows('GET /workflows', { key: token })).status).toBe(200)
    expect((await workflows('GET /auth/api-keys', { key })).text).not.toContain(token.slice(20))
  })

  test('with an expiry makes a key that ends then', async () => {
    const { workflows, clock, workflowsKey } = testApp()
    const json = { ...NEW_KEY, expiresAt: '2026-11-21T11:00:00+01:00' }
    const { data } = (await workflows('POST /auth/api-keys', { key: await workflowsKey(), json })).json
    expect(data.expiresAt).toBe('2026-11-21T10:00:00.000Z')
    clock.advance(3_600_000)
    expect((await workflows('GET /workflows', { key: data.key })).status).toBe(401)
  })

  test('takes secrets:write, which the live service has, for workflows:write', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    const json = { name: 'n', scopes: ['workflows:read', 'secrets:write', 'workflows:write'] }
    const { status, json: made } = await workflows('POST /auth/api-keys', { key, json })
    expect([status, made.data.scopes]).toEqual([201, ['workflows:read', 'workflows:write']])
  })

  const prepare = async () => {
    const { url, workflowsKey } = testApp()
    return { base: `${url}/api/v1`, key: await workflowsKey() }
  }
  const refused = (title: string, json: unknown, ...expected: string[]) => ({
    title,
    request: 'POST /auth/api-keys',
    json,
    status: 400,
    expected: ['"VALIDATION_ERROR"', ...expected],
  })
  scenarios(prepare, [
    refused('needs a name', { scopes: ALL }, '{"field":"name","message":"is required"}'),
    refused('needs scopes', { name: 'n' }, '{"field":"scopes","message":"is required"}'),
    refused(
      'refuses an empty name',
      { ...NEW_KEY, name: '' },
      '"field":"name","message":"must have 1 to 255',
    ),
    refused('refuses a name of 256 characters', { ...NEW_KEY, name: 'x'.repeat(256) }, '"field":"name"'),
    refused(
      'refuses a name of 10,000 characters',
      { ...NEW_KEY, name: 'x'.repeat(10_000) },
      '"field":"name"',
    ),
    refused('refuses control characters in a name', { ...NEW_KEY, name: 'a\u0000b' }, '"field":"name"'),
    refused(
      'refuses a name that is no text',
      { ...NEW_KEY, name: 7 },
      '"field":"name","message":"must be a string',
    ),
    refused(
      'refuses unknown scopes by name',
      { ...NEW_KEY, scopes: ['runs:write'] },
      '"field":"scopes[0]"',
      'runs:write',
    ),
    refused(
      'refuses a scope twice',
      { ...NEW_KEY, scopes: ['runs:read', 'runs:read'] },
      '"field":"scopes[1]"',
    ),
    refused('refuses no scopes', { ...NEW_KEY, scopes: [] }, '"field":"scopes"'),
    refused('refuses a scope that is no text', { ...NEW_KEY, scopes: [null] }, '"field":"scopes[0]"'),
    refused(
      'refuses an expiry in the past',
      { ...NEW_KEY, expiresAt: '2020-01-01T00:00:00Z' },
      '"field":"expiresAt"',
    ),
    refused('refuses an expiry that is no date', { ...NEW_KEY, expiresAt: 'soon' }, '"field":"expiresAt"'),
    refused(
      'refuses an expiry without a zone',
      { ...NEW_KEY, expiresAt: '2030-01-01T00:00:00' },
      '"field":"expiresAt"',
    ),
    refused(
      'names all wrong fields at once',
      { name: 7, scopes: 'all' },
      '"field":"name"',
      '"field":"scopes"',
    ),
    refused(
      'refuses a name of invisible characters only',
      { ...NEW_KEY, name: '\u200b\u2060\u3164\u2800\ufe0f' },
      '"field":"name"',
    ),
    refused(
      'refuses a name that turns the direction of writing',
      { ...NEW_KEY, name: 'prod\u202etset' },
      '"field":"name"',
    ),
    {
      title: 'takes a name whose emoji is joined by an invisible character',
      request: 'POST /auth/api-keys',
      json: { ...NEW_KEY, name: '👩\u200d🚀 Zoë مفتاح' },
      status: 201,
      expected: ['👩\u200d🚀 Zoë مفتاح'],
    },
    ...['expires', 'expiresIn', 'expires_at', 'expiresat'].map((misspelt) =>
      refused(
        `refuses ${misspelt}, which would make a key for ever, and says what was meant`,
        { ...NEW_KEY, [misspelt]: '2027-01-01T00:00:00Z' },
        `{"field":"${misspelt}","message":"is not a known field. Did you mean \\"expiresAt\\"?`,
      ),
    ),
    refused(
      'refuses ttl, and says which fields there are',
      { ...NEW_KEY, ttl: 3600 },
      '"field":"ttl"',
      'The known fields are name, scopes, expiresAt',
    ),
    ...['id', 'key', 'accountId', 'revokedAt', 'createdAt', 'madeBy', 'constructor'].map((field) =>
      refused(
        `refuses ${field}, which is not the client’s to set`,
        JSON.parse(JSON.stringify(NEW_KEY).replace('{', `{"${field}":"x",`)),
        `"field":"${field}","message":"is not a known field`,
      ),
    ),
    {
      ...refused('refuses a key that stands where a field’s name belongs, without repeating it', {
        ...NEW_KEY,
        [`wfk_${'s3cReT'.repeat(6).slice(0, 32)}`]: 1,
      }),
      forbidden: ['s3cReT'],
    },
    {
      title: 'counts an emoji as one character, and takes 255 of them',
      request: 'POST /auth/api-keys',
      json: { ...NEW_KEY, name: '🔑'.repeat(255) },
      status: 201,
      expected: ['🔑'],
    },
  ])
})

describe('a key that is made over HTTP', () => {
  test('lives no longer than the key that makes it', async () => {
    const { app, workflows } = testApp()
    const maker = await app.admin.keys.create({ api: 'workflows', name: 'k', lifetimeMs: 3_600_000 })
    const make = async (expiresAt?: string | null) =>
      (await workflows('POST /auth/api-keys', { key: maker.key, json: { ...NEW_KEY, expiresAt } })).json
    expect((await make()).data.expiresAt).toBe('2026-11-21T10:00:00.000Z')
    expect((await make('2026-11-21T09:59:59Z')).data.expiresAt).toBe('2026-11-21T09:59:59.000Z')
    for (const longer of ['2026-11-21T10:00:00.001Z', null]) {
      expect((await make(longer)).error).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [
          {
            field: 'expiresAt',
            message:
              'must not be later than 2026-11-21T10:00:00.000Z, when the key expires that makes this one',
          },
        ],
      })
    }
  })

  test('outlives the revocation of its maker, if it was there before', async () => {
    const { app, workflows } = testApp()
    const maker = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    const child = (await workflows('POST /auth/api-keys', { key: maker.key, json: NEW_KEY })).json.data
    await app.admin.keys.revoke({ id: maker.id })
    expect((await workflows('GET /workflows', { key: child.key })).status).toBe(200)
    const listed = await app.admin.keys.list({ all: true })
    expect(listed.map(({ id, madeBy }) => [id, madeBy])).toEqual([
      [child.id, maker.id],
      [maker.id, null],
    ])
  })

  test('is not made once its maker is revoked, however many creations were under way', async () => {
    const { app, db, workflows } = testApp()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    // Between the first of them and the others, however fast bcrypt is.
    db.$client.exec(`create trigger meanwhile after insert on api_keys
      begin update api_keys set revoked_at = 1 where id = new.made_by; end`)
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => workflows('POST /auth/api-keys', { key, json: NEW_KEY })),
    )
    const refused = replies.filter(({ status }) => status !== 201)
    expect(refused.map(({ status, json }) => ({ status, json }))).toEqual(
      Array(3).fill({
        status: 401,
        json: { success: false, error: { code: 'UNAUTHORIZED', message: 'Invalid or missing API key' } },
      }),
    )
    expect((await app.admin.keys.list({ all: true })).filter(({ madeBy }) => madeBy === id)).toHaveLength(1)
  })

  test('is one of at most 1,000 active ones of its account; the operator may make more', async () => {
    const { app, db, clock, workflows } = testApp()
    const maker = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    manyKeysMadeBy(db, maker, 998, { expiresAt: null })
    manyKeysMadeBy(db, maker, 1, { expiresAt: clock.now() + 1000 })
    const make = () => workflows('POST /auth/api-keys', { key: maker.key, json: NEW_KEY })
    const replies = await Promise.all([make(), make(), make()])
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const refused = (await make()).json.error
    expect(refused.code).toBe('CONFLICT')
    expect(refused.message).toContain('1000 active API keys')
    await app.admin.keys.create({ api: 'workflows', name: 'k' })
    clock.advance(1000)
    expect((await make()).status).toBe(201)
    expect((await make()).status).toBe(409)
    const last = (await app.admin.keys.list({})).find(({ madeBy }) => madeBy !== null)
    await workflows(`DELETE /auth/api-keys/${last?.id}`, { key: maker.key })
    expect((await make()).status).toBe(201)
  })

  test('waits for bcrypt with few others; the rest are told to come back', async () => {
    const { app, workflows } = testApp()
    const { key } = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => workflows('POST /auth/api-keys', { key, json: NEW_KEY })),
    )
    const busy = replies.filter(({ status }) => status === 503)
    expect(busy.length).toBeGreaterThan(0)
    expect(replies.filter(({ status }) => status === 201).length).toBe(40 - busy.length)
    expect(busy[0]?.headers.get('retry-after')).toBe('1')
    expect(busy[0]?.json.error.code).toBe('SERVICE_UNAVAILABLE')
    expect((await app.admin.keys.list({})).length).toBe(41 - busy.length)
  })
})

describe('listing keys', () => {
  test('shows the account’s Workflows keys, newest first, revoked ones too', async () => {
    const { app, workflows, clock, workflowsKey, workfunderKey } = testApp()
    const account = await app.admin.accounts.create({ name: 'mine' })
    const other = await app.admin.accounts.create({ name: 'other' })
    const key = await workflowsKey(undefined, account.id)
    await workfunderKey('live', account.id)
    await workflowsKey(undefined, other.id)
    clock.advance(1000)
    const { data } = (await workflows('POST /auth/api-keys', { key, json: NEW_KEY })).json
    await workflows(`DELETE /auth/api-keys/${data.id}`, { key })
    const listed = (await workflows('GET /auth/api-keys', { key })).json
    expect(listed.data.map((k: { name: string }) => k.name)).toEqual([NEW_KEY.name, 'test'])
    expect(listed.data[0].revokedAt).toBe('2026-11-21T09:00:01.000Z')
    expect(Object.keys(listed.data[0]).sort()).toEqual([
      'createdAt',
      'expiresAt',
      'id',
      'lastUsedAt',
      'name',
      'prefix',
      'revokedAt',
      'scopes',
    ])
    expect(listed.meta).toEqual({ cursor: null, hasMore: false })
  })

  test('goes on where the cursor says, without gap or repetition', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    for (let i = 0; i < 5; i++)
      await workflows('POST /auth/api-keys', { key, json: { ...NEW_KEY, name: `${i}` } })
    const names: string[] = []
    let cursor = ''
    do {
      const page = (await workflows(`GET /auth/api-keys?limit=2${cursor}`, { key })).json
      names.push(...page.data.map((k: { name: string }) => k.name))
      cursor = page.meta.hasMore ? `&cursor=${encodeURIComponent(page.meta.cursor)}` : ''
    } while (cursor)
    expect(names).toEqual(['4', '3', '2', '1', '0', 'test'])
  })
})

describe('revoking a key', () => {
  test('refuses it on the very next request, and says when it was', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    const { data } = (await workflows('POST /auth/api-keys', { key, json: NEW_KEY })).json
    expect((await workflows('GET /workflows', { key: data.key })).status).toBe(200)
    const revoked = await workflows(`DELETE /auth/api-keys/${data.id}`, { key })
    expect([revoked.status, revoked.json]).toEqual([
      200,
      { success: true, data: { id: data.id, revokedAt: '2026-11-21T09:00:00.000Z' } },
    ])
    expect((await workflows('GET /workflows', { key: data.key })).status).toBe(401)
  })

  test('again answers 200 with the same time', async () => {
    const { workflows, clock, workflowsKey } = testApp()
    const key = await workflowsKey()
    const { data } = (await workflows('POST /auth/api-keys', { key, json: NEW_KEY })).json
    const first = await workflows(`DELETE /auth/api-keys/${data.id}`, { key })
    clock.advance(5000)
    expect((await workflows(`DELETE /auth/api-keys/${data.id}`, { key })).text).toBe(first.text)
  })

  test.each([['another account’s key'], ['a WorkFunder key'], ['no key at all']])(
    '%s is 404',
    async (whose) => {
      const { app, workflows, workflowsKey } = testApp()
      const [mine, other] = [
        await app.admin.accounts.create({ name: 'a' }),
        await app.admin.accounts.create({ name: 'b' }),
      ]
      const ids: Record<string, string> = {
        'another account’s key': (
          await app.admin.keys.create({ api: 'workflows', name: 'k', accountId: other.id })
        ).id,
        'a WorkFunder key': (
          await app.admin.keys.create({
            api: 'workfunder',
            environment: 'live',
            name: 'k',
            accountId: mine.id,
          })
        ).id,
        'no key at all': 'not-an-id',
      }
      const reply = await workflows(`DELETE /auth/api-keys/${ids[whose]}`, {
        key: await workflowsKey(undefined, mine.id),
      })
      expect([reply.status, reply.json.error.code]).toEqual([404, 'NOT_FOUND'])
      expect((await app.admin.keys.list({})).every(({ revokedAt }) => revokedAt === null)).toBe(true)
    },
  )
})

describe('a key without full access', () => {
  const LIMITED = ALL.slice(1)

  test.each([
    ['list keys', 'GET /auth/api-keys', undefined],
    ['create keys', 'POST /auth/api-keys', { name: 'n', scopes: ['runs:read'] }],
    [
      'create keys, which it is told before anything of a wrong expiry',
      'POST /auth/api-keys',
      { name: 'n', scopes: ['runs:read'], expiresAt: 'soon' },
    ],
    ['revoke another key', 'DELETE /auth/api-keys/some-id', undefined],
  ])('may not %s', async (_, request, json) => {
    const { workflows, workflowsKey } = testApp()
    const reply = await workflows(request, { key: await workflowsKey(LIMITED), json })
    expect([reply.status, reply.json.error]).toEqual([
      403,
      { code: 'FORBIDDEN', message: 'Insufficient permissions for this operation' },
    ])
  })

  test('may revoke itself', async () => {
    const { app, workflows } = testApp()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'k', scopes: ['runs:read'] })
    expect((await workflows(`DELETE /auth/api-keys/${id}`, { key })).status).toBe(200)
    expect((await workflows('GET /runs', { key })).status).toBe(401)
  })
})

describe('rotating a key', () => {
  test('gives its new secret, once, and all else of it as it was; nobody in between may keep it', async () => {
    const { workflows, clock, workflowsKey } = testApp()
    const key = await workflowsKey()
    const json = { ...NEW_KEY, expiresAt: '2027-01-01T00:00:00Z' }
    const { key: token, ...made } = (await workflows('POST /auth/api-keys', { key, json })).json.data
    clock.advance(1000)
    const rotated = await workflows(`POST /auth/api-keys/${made.id}/rotate`, { key })
    const { key: next } = rotated.json.data
    expect([rotated.status, rotated.headers.get('cache-control'), rotated.json]).toEqual([
      200,
      'no-store',
      { success: true, data: { ...made, key: next, prefix: next.slice(0, 20) } },
    ])
    expect(next).toMatch(/^wfk_[0-9A-Za-z]{32}$/)
    const statusOf = async (presented: string) =>
      (await workflows('GET /workflows', { key: presented })).status
    expect([await statusOf(token), await statusOf(next)]).toEqual([401, 200])
    const listed = await workflows('GET /auth/api-keys', { key })
    expect(listed.json.data[0]).toMatchObject({ id: made.id, prefix: next.slice(0, 20) })
    for (const secret of [token, next]) expect(listed.text).not.toContain(secret.slice(20))
    expect(listed.text).not.toMatch(/previous|rotated|disabled/)
  })

  test('with overlapSeconds lets the old secret go on so long, in the same windows', async () => {
    const { app, workflows, clock } = testApp()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    const json = { overlapSeconds: 30 }
    const { key: next } = (await workflows(`POST /auth/api-keys/${id}/rotate`, { key, json })).json.data
    const remaining = async (presented: string) => {
      const { status, headers } = await workflows('GET /workflows', { key: presented })
      return [status, headers.get('x-ratelimit-remaining')]
    }
    expect([await remaining(key), await remaining(next), await remaining(key)]).toEqual([
      [200, '999'],
      [200, '998'],
      [200, '997'],
    ])
    clock.advance(29_999)
    expect([await remaining(key), await remaining(next)]).toEqual([
      [200, '996'],
      [200, '995'],
    ])
    clock.advance(1)
    const refused = await workflows('GET /workflows', { key })
    expect([refused.status, refused.json.error]).toEqual([
      401,
      { code: 'UNAUTHORIZED', message: 'Invalid or missing API key' },
    ])
    expect(await remaining(next)).toEqual([200, '994'])
  })

  test('is what any key may do to itself, and a full-access key to each key of its account', async () => {
    const { app, workflows } = testApp()
    const limited = await app.admin.keys.create({ api: 'workflows', name: 'k', scopes: ['runs:read'] })
    const full = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    const rotate = (id: string, key: string) => workflows(`POST /auth/api-keys/${id}/rotate`, { key })
    const own = await rotate(limited.id, limited.key)
    expect([own.status, own.json.data.scopes]).toEqual([200, ['runs:read']])
    const refused = await rotate(full.id, own.json.data.key)
    expect([refused.status, refused.json.error.code]).toEqual([403, 'FORBIDDEN'])
    expect((await rotate(limited.id, full.key)).status).toBe(200)
    expect((await rotate(full.id, full.key)).status).toBe(200)
    expect((await rotate(full.id, full.key)).status).toBe(401)
  })

  test('of another account, of the other API or of nobody is 404, and changes nothing', async () => {
    const { app, workflows, workflowsKey } = testApp()
    const [mine, other] = [
      await app.admin.accounts.create({ name: 'a' }),
      await app.admin.accounts.create({ name: 'b' }),
    ]
    const foreign = await app.admin.keys.create({ api: 'workflows', name: 'k', accountId: other.id })
    const kind = { api: 'workfunder', environment: 'live' } as const
    const workfunder = await app.admin.keys.create({ ...kind, name: 'k', accountId: mine.id })
    const key = await workflowsKey(undefined, mine.id)
    for (const id of [foreign.id, workfunder.id, 'not-an-id']) {
      const reply = await workflows(`POST /auth/api-keys/${id}/rotate`, { key, json: { overlapSeconds: 9 } })
      expect([reply.status, reply.json.error.code]).toEqual([404, 'NOT_FOUND'])
    }
    const listed = await app.admin.keys.list({})
    expect(listed.map(({ rotatedAt, previousPrefix }) => [rotatedAt, previousPrefix])).toEqual(
      Array(3).fill([null, null]),
    )
  })

  test.each<[string, (app: ReturnType<typeof testApp>, id: string) => unknown]>([
    ['revoked', ({ app }, id) => app.admin.keys.revoke({ id })],
    ['expired', ({ clock }) => clock.advance(3_600_000)],
    ['disabled', ({ app }, id) => app.admin.keys.disable({ id })],
  ])('is a conflict where it is %s', async (status, end) => {
    const keyward = testApp()
    const key = await keyward.workflowsKey()
    const { id } = await keyward.app.admin.keys.create({ api: 'workflows', name: 'k', lifetimeMs: 3_600_000 })
    await end(keyward, id)
    const reply = await keyward.workflows(`POST /auth/api-keys/${id}/rotate`, { key })
    expect([reply.status, reply.json.error]).toEqual([
      409,
      { code: 'CONFLICT', message: `The API key is ${status} and cannot be rotated` },
    ])
  })

  test('that expires later than the key that asks is forbidden', async () => {
    const { app, workflows } = testApp()
    const asking = await app.admin.keys.create({ api: 'workflows', name: 'k', lifetimeMs: 3_600_000 })
    const { id } = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    const reply = await workflows(`POST /auth/api-keys/${id}/rotate`, { key: asking.key })
    expect([reply.status, reply.json.error]).toEqual([
      403,
      { code: 'FORBIDDEN', message: 'A key may not rotate one that expires later than itself' },
    ])
  })

  test('waits for bcrypt with few others of its account; the rest are told to come back', async () => {
    const { workflows, workflowsKey } = testApp()
    const keys = await Promise.all(Array.from({ length: 20 }, () => workflowsKey()))
    const listed = (await workflows('GET /auth/api-keys', { key: keys[0] ?? '' })).json.data
    const replies = await Promise.all(
      listed.map(({ id }: { id: string }) =>
        workflows(`POST /auth/api-keys/${id}/rotate`, { key: keys[0], json: { overlapSeconds: 60 } }),
      ),
    )
    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(statuses).toContain(503)
    expect(replies.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('1')
  })

  const prepare = async () => {
    const { app, url } = testApp()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'k' })
    return { base: `${url}/api/v1/auth/api-keys/${id}`, key }
  }
  const refused = (title: string, json: unknown, ...expected: string[]) => ({
    title,
    request: 'POST /rotate',
    json,
    status: 400,
    expected: ['"VALIDATION_ERROR"', ...expected],
    forbidden: ['wfk_'],
  })
  const given = (title: string, json: unknown) => ({
    title,
    request: 'POST /rotate',
    json,
    status: 200,
    expected: ['"key":"wfk_'],
  })
  scenarios(prepare, [
    given('takes an empty body', {}),
    given('takes null for a body', null),
    given('takes an overlap of no time', { overlapSeconds: 0 }),
    given('takes an overlap of 90 days', { overlapSeconds: 90 * 86_400 }),
    refused(
      'refuses an overlap of more than 90 days',
      { overlapSeconds: 7_776_001 },
      '"field":"overlapSeconds"',
    ),
    refused('refuses an overlap before now', { overlapSeconds: -1 }, '"field":"overlapSeconds"'),
    refused('refuses half a second', { overlapSeconds: 0.5 }, '"field":"overlapSeconds"'),
    refused('refuses an overlap in words', { overlapSeconds: '24h' }, '"field":"overlapSeconds"'),
    refused('refuses an overlap that is an object', { overlapSeconds: {} }, '"field":"overlapSeconds"'),
    refused('refuses a list', [], '"VALIDATION_ERROR"'),
    ...['overlapSecond', 'overlap_seconds', 'overlapseconds'].map((misspelt) =>
      refused(
        `refuses ${misspelt}, which would end the old secret at once, and says what was meant`,
        { [misspelt]: 60 },
        `{"field":"${misspelt}","message":"is not a known field. Did you mean \\"overlapSeconds\\"?`,
      ),
    ),
    ...['expiresAt', 'name', 'scopes', 'key'].map((field) =>
      refused(
        `refuses ${field}, which a rotation does not change`,
        { [field]: '2030-01-01T00:00:00Z' },
        `"field":"${field}","message":"is not a known field`,
      ),
    ),
  ])
})

test('a key that is disabled looks unknown, and works again once it is enabled', async () => {
  const { app, workflows } = testApp()
  const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'k' })
  const reply = async (presented = key) => {
    const { status, text } = await workflows('GET /workflows', { key: presented })
    return { status, text }
  }
  expect((await reply()).status).toBe(200)
  await app.admin.keys.disable({ id })
  expect(await reply()).toEqual(await reply(`wfk_${'x'.repeat(32)}`))
  await app.admin.keys.enable({ id })
  expect((await reply()).status).toBe(200)
})
