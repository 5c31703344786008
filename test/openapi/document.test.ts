import { describe, expect, test } from 'bun:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { TRIGGER_TYPES } from '../../src/workflows/definitions/trigger.ts'
import { STEP_KINDS } from '../../src/workflows/steps/kinds.ts'
import { apiDocument, type Document } from '../helpers/api-document.ts'
import { call } from '../helpers/call.ts'
import { refuseUndocumented } from '../helpers/documented.ts'
import { testApp } from '../helpers/test-app.ts'

const documentAt = async (query = '') => (await call(testApp().url, `GET /openapi.json${query}`)).json

/** The tags in the order in which the document lists them. */
const tagsOf = (document: { tags: { name: string }[] }) => document.tags.map(({ name }) => name)

describe('the OpenAPI document', () => {
  test('has no errors, and no warnings but that its server is on this machine', async () => {
    const config = await createConfig({ extends: ['recommended'] })
    const source = JSON.stringify(await apiDocument())
    const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config })
    expect(problems.map(({ severity, ruleId }) => [severity, ruleId])).toEqual([
      ['warn', 'no-server-example.com'],
    ])
  })

  test('holds both vendors’ APIs, the webhooks that come in and the portal, each in the order of its pages', async () => {
    const document = await documentAt()
    expect(document.openapi).toBe('3.1.0')
    expect(tagsOf(document)).toEqual([
      'API keys',
      'Workflows',
      'Secrets',
      'Runs',
      'Connections',
      'Mocks',
      'Tasks',
      'Bounties',
      'Proofs and disputes',
      'Account',
      'Account keys',
      'Workers',
      'Webhooks',
      'Webhooks in',
      'Worker portal',
    ])
  })

  test.each([
    ['workflows', ['/api/v1', '/webhooks'], ['WorkflowsKey']],
    ['workfunder', ['/v1'], ['WorkfunderKey']],
    ['portal', ['/portal'], ['WorkerKey']],
  ])('of %s alone has nothing of the others', async (api, prefixes, schemes) => {
    const document = await documentAt(`?api=${api}`)
    const places = Object.keys(document.paths).map((path) => /^(\/api\/v1|\/\w+)/.exec(path)?.[1] ?? path)
    expect([...new Set(places)].sort()).toEqual(prefixes)
    expect(Object.keys(document.components.securitySchemes)).toEqual(schemes)
    const text = JSON.stringify(document)
    const named = [...text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)]
    expect(named.filter(([, kind = '', name = '']) => document.components[kind][name] === undefined)).toEqual(
      [],
    )
  })

  test('of an unknown API is refused, with the names that there are', async () => {
    const { status, json } = await call(testApp().url, 'GET /openapi.json?api=petstore')
    expect([status, json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(json.error.message).toBe('api must be one of workflows, workfunder, portal')
  })

  test('names the scope that an operation needs, and none where any key may call it', async () => {
    const { paths } = await apiDocument()
    expect(paths['/api/v1/workflows/{id}/run'].post['x-required-scope']).toBe('workflows:execute')
    expect(paths['/api/v1/auth/api-keys'].get).not.toHaveProperty('x-required-scope')
    expect(paths['/webhooks/{provider}'].post.security).toEqual([])
  })

  test('tells a workflow’s steps by kind, and its triggers by type, with what each may hold and within which bounds', async () => {
    const { paths, components } = await apiDocument()
    const { schema } = paths['/api/v1/workflows'].post.requestBody.content['application/json']
    expect(schema.properties.trigger).toEqual({ $ref: '#/components/schemas/Trigger' })
    expect(schema.properties.steps.items).toEqual({ $ref: '#/components/schemas/Step' })
    const { Step, Trigger, ApiRequestConfig, LoopConfig } = components.schemas
    const words = (name: string, variants: Document[]) =>
      variants.flatMap(({ properties }) => properties[name]?.enum ?? properties[name]?.const ?? [])
    const variants = Step.anyOf.map(({ allOf: [, own] }: Document) => own)
    expect(words('type', variants)).toEqual(expect.arrayContaining(STEP_KINDS.flatMap(({ types }) => types)))
    expect(words('action', variants)).toEqual(['api.request', 'approval.request'])
    expect(words('type', Trigger.anyOf)).toEqual([...TRIGGER_TYPES])
    expect(ApiRequestConfig.properties.retries.description).toBe(
      'Must be a whole number from 0 to 10, or a template',
    )
    expect(JSON.stringify(ApiRequestConfig.properties.retries)).toContain(
      '{"type":"integer","minimum":0,"maximum":10}',
    )
    expect(LoopConfig.properties.whileCondition.$ref).toBe('#/components/schemas/Conditions')
  })

  test('holds no schema that only we could read', async () => {
    const text = JSON.stringify(await apiDocument())
    expect(text).toContain('"pattern":"^[A-Z]{2}$"')
    expect(text).not.toMatch(/"(?:expected|\$id|patternProperties|summary":"Invalid)/)
  })
})

describe('a refusal is shown as the API really words it:', () => {
  async function exampleOf(path: string, method: string, status: number, name: string) {
    const { paths, components } = await apiDocument()
    const told = paths[path][method].responses[status]
    const { content } = components.responses[told.$ref.split('/').at(-1)]
    return content['application/json'].examples[name].value
  }

  test('a missing key of WorkFunder', async () => {
    const { json } = await testApp().workfunder('GET /account')
    expect(json).toEqual(await exampleOf('/v1/account', 'get', 401, 'missing'))
  })

  test('a key of Workflows without the scope', async () => {
    const { workflows, workflowsKey } = testApp()
    const { json } = await workflows('GET /runs', { key: await workflowsKey(['workflows:read']) })
    expect(json).toEqual(await exampleOf('/api/v1/runs', 'get', 403, 'forbidden'))
  })

  test('a window that is used up, by its own number', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    const replies = await Promise.all(
      Array.from({ length: 101 }, () => workflows('POST /workflows/none/pause', { key })),
    )
    const refused = replies.find(({ status }) => status === 429)
    expect(refused?.json).toEqual(
      await exampleOf('/api/v1/workflows/{id}/pause', 'post', 429, 'rate_limited'),
    )
  })

  test('a body without its first field', async () => {
    const { workfunder, workfunderKey } = testApp()
    const { json } = await workfunder('POST /tasks/none/dispute', {
      bearer: await workfunderKey('test'),
      json: {},
    })
    expect(json).toEqual(await exampleOf('/v1/tasks/{id}/dispute', 'post', 400, 'invalid_input'))
  })
})

describe('every answer of every test is held to the document: it tells', () => {
  const URL = 'http://localhost/v1/account/usage'
  const answer = async () => {
    const { workfunder, workfunderKey } = testApp()
    return workfunder('GET /account/usage', { bearer: await workfunderKey('test') })
  }

  test('nothing of an answer that is as it should be', async () => {
    await refuseUndocumented('GET', URL, await answer())
  })

  test('a field that the document does not have', async () => {
    const good = await answer()
    const told = refuseUndocumented('GET', URL, { ...good, json: { ...good.json, extra: 1 } })
    await expect(told).rejects.toThrow('must NOT have additional properties')
  })

  test('a field that is missing, deep inside', async () => {
    const good = await answer()
    const { total: _, ...tasks } = good.json.tasks
    const told = refuseUndocumented('GET', URL, { ...good, json: { ...good.json, tasks } })
    await expect(told).rejects.toThrow("body/tasks must have required property 'total'")
  })

  test('a status that the operation does not have', async () => {
    const told = refuseUndocumented('GET', URL, { ...(await answer()), status: 500 })
    await expect(told).rejects.toThrow('answered 500, which is no status of its operation')
  })

  test('limit headers that are missing', async () => {
    const told = refuseUndocumented('GET', URL, { ...(await answer()), headers: new Headers() })
    await expect(told).rejects.toThrow('without its headers X-RateLimit-Limit')
  })

  test('a success where the document has no operation', async () => {
    const told = refuseUndocumented('GET', 'http://localhost/v1/petstore', await answer())
    await expect(told).rejects.toThrow('which no operation of the document does')
  })

  test('a refusal that is not in the form of the API', async () => {
    const refused = { ...(await answer()), status: 401, json: { message: 'no' } }
    refused.headers.set('WWW-Authenticate', 'Bearer')
    await expect(refuseUndocumented('GET', URL, refused)).rejects.toThrow(
      "must have required property 'error'",
    )
  })
})
