import { expect, test } from 'bun:test'
import { testApp } from '../helpers/test-app.ts'

const NOBODY = { accountId: 'nobody' }

test.each(['keys', 'tasks', 'deliveries', 'workflows', 'runs', 'audit'] as const)(
  'a list of %s says that an account is not there, and is not merely empty',
  async (noun) => {
    const { app } = testApp()
    const { id } = await app.admin.accounts.create({ name: 'Acme' })
    const list: (input: { accountId: string }) => Promise<readonly unknown[]> = app.admin[noun].list
    await expect(list(NOBODY)).rejects.toThrow('no account has the id nobody')
    expect(await list({ accountId: id })).toHaveLength(noun === 'audit' ? 1 : 0)
  },
)

test('a list of requests, and whoever follows them, is refused for an account that is not there', async () => {
  const { app } = testApp()
  await expect(app.requests.list(NOBODY)).rejects.toThrow('no account has the id nobody')
  await expect(app.requests.follow(NOBODY)).rejects.toThrow('no account has the id nobody')
})

test('the changes of an account stay readable after it was deleted, also where a page has none of them', async () => {
  const { app } = testApp()
  const { id } = await app.admin.accounts.create({ name: 'Acme' })
  await app.admin.accounts.delete({ id })
  const changes = await app.admin.audit.list({ accountId: id })
  expect(changes.map(({ action }) => action)).toEqual(['accounts.delete', 'accounts.create'])
  expect(await app.admin.audit.list({ accountId: id, before: 1 })).toEqual([])
})

test('the requests of an account stay readable after it was deleted', async () => {
  const { app, workflows, workflowsKey } = testApp()
  const key = await workflowsKey()
  await workflows('GET /workflows', { key })
  const [request] = await app.requests.list({})
  const accountId = request?.account?.id ?? ''
  for (const { id } of await app.admin.keys.list({ accountId })) await app.admin.keys.revoke({ id })
  await app.admin.accounts.delete({ id: accountId })
  expect(await app.requests.list({ accountId })).toHaveLength(1)
})
