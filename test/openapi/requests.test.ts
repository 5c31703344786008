import { expect, test } from 'bun:test'
import { Ajv2020 } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import { apiDocument } from '../helpers/api-document.ts'
import { call } from '../helpers/call.ts'
import { TASK } from '../helpers/portal-app.ts'
import { testApp } from '../helpers/test-app.ts'

const KEY = { name: 'ci', scopes: ['runs:read', 'secrets:write'], expiresAt: '2027-01-31T00:00:00+01:00' }
const WORKFUNDER_KEY = { name: 'ci', environment: 'test', expires_at: null }
const WEBHOOK = { url: 'https://example.com/hook', events: ['task.created'] }
const NAMES = ['', ' ', 'x'.repeat(256), 'a\u0000']
const DATES = ['', '2027-01-31', '2027-01-31T00:00:00', 'tomorrow']

test.each([
  ['POST /api/v1/auth/api-keys', 'name', KEY, NAMES],
  ['POST /api/v1/auth/api-keys', 'scopes', KEY, [[], ['*'], ['runs:read', 'runs:read']]],
  ['POST /api/v1/auth/api-keys', 'expiresAt', KEY, DATES],
  ['POST /v1/account/keys', 'name', WORKFUNDER_KEY, NAMES],
  ['POST /v1/account/keys', 'expires_at', WORKFUNDER_KEY, DATES],
  ['POST /v1/tasks', 'deadline', { ...TASK, deadline: '2027-01-31T00:00:00Z' }, DATES],
  ['PUT /v1/account/webhook', 'events', WEBHOOK, [['task.nope'], ['task.created', 'task.created']]],
])(
  'the document of %s forbids what the server refuses as %s, and allows what it takes',
  async (line, field, good, bad) => {
    const { url, workflowsKey, workfunderKey } = testApp()
    const bearer = await workfunderKey('test')
    const key = await workflowsKey()
    const [method = '', path = ''] = line.split(' ')
    const operation = (await apiDocument()).paths[path][method.toLowerCase()]
    const ajv = addFormats(new Ajv2020({ strict: false }))
    const allows = ajv.compile(operation.requestBody.content['application/json'].schema)
    for (const body of [good, ...bad.map((value) => ({ ...good, [field]: value }))]) {
      const isGood = body === good
      const { status } = await call(url, line, { key, bearer, json: body })
      expect([body, status < 300, allows(body)]).toEqual([body, isGood, isGood])
    }
  },
)

test('the document tells the defaults of a list of WorkFunder, and the form of the dates it filters by', async () => {
  const { parameters } = (await apiDocument()).paths['/v1/tasks'].get
  const schemaOf = (wanted: string) => parameters.find(({ name }: { name: string }) => name === wanted).schema
  expect([schemaOf('limit').default, schemaOf('offset').default]).toEqual([20, 0])
  expect([schemaOf('created_after').format, schemaOf('created_before').format]).toEqual([
    'date-time',
    'date-time',
  ])
})
