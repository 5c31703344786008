import { expect, test } from 'bun:test'
import { testApp } from '../helpers/test-app.ts'

const PLACE = 'latitude=40.75&longitude=-73.98'

test.each([
  ['skills', `GET /workers/search?${PLACE}&skills=driving&skills=notary`],
  ['status', 'GET /tasks?status=funded&limit=5&status=posted'],
  ['limit', 'GET /tasks?limit=2&limit=2'],
])(
  'a parameter that stands in a query twice, as %s here, is refused: neither of them is left out',
  async (name, line) => {
    const { workfunder, workfunderKey } = testApp()
    const { status, json } = await workfunder(line, { bearer: await workfunderKey('test') })
    expect([status, json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(json.error.details).toEqual([{ field: name, message: 'must be given once' }])
  },
)

test('a parameter that stands in a query twice is refused in the form of the Workflows API', async () => {
  const { workflows, workflowsKey } = testApp()
  const { status, json } = await workflows('GET /runs?status=failed&status=completed', {
    key: await workflowsKey(),
  })
  expect([status, json.success, json.error.code]).toEqual([400, false, 'VALIDATION_ERROR'])
  expect(json.error.details).toEqual([{ field: 'status', message: 'must be given once' }])
})

test('a parameter without a value may stand beside itself, and what no list knows is ignored as often as it comes', async () => {
  const { workflows, workflowsKey } = testApp()
  const key = await workflowsKey()
  for (const query of ['status=&status=active', 'limit=2&limit=', 'a=1&a=2&a=3'])
    expect([query, (await workflows(`GET /workflows?${query}`, { key })).status]).toEqual([query, 200])
})
