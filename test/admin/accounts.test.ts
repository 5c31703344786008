import { describe, expect, test } from 'bun:test'
import { portalApp } from '../helpers/portal-app.ts'

describe('accounts update', () => {
  test('changes the name and the e-mail, takes an e-mail away, and leaves what is not named', async () => {
    const { app, account } = await portalApp()
    const { id } = account
    const named = await app.admin.accounts.update({ id, name: 'Acme Inc', email: 'ops@acme.example' })
    expect(named).toMatchObject({ name: 'Acme Inc', email: 'ops@acme.example', tier: 'enterprise' })
    const without = await app.admin.accounts.update({ id, email: 'none' })
    expect(without).toMatchObject({ name: 'Acme Inc', email: null })
  })

  test.each<[string, object]>([
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(1000) }],
    ['name', { name: { first: 'Acme' } }],
    ['name', { name: null }],
    ['email', { email: 'nobody' }],
    ['email', { email: '' }],
    ['email', { email: { to: 'a@b' } }],
  ])('refuses as its %s: %p', async (field, change) => {
    const { app, account } = await portalApp()
    await expect(app.admin.accounts.update({ id: account.id, ...change } as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
    expect(await app.admin.accounts.list()).toMatchObject([{ name: 'Acme', email: null }])
  })
})

describe('accounts debit', () => {
  test('takes what the account may spend, and nothing of what is held for its tasks', async () => {
    const { app, account, postTask, developer } = await portalApp()
    const { id } = account
    await postTask()
    await expect(app.admin.accounts.debit({ id, cents: 45_001 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
      message: 'the account has a balance of 45000 cents only',
    })
    expect(await app.admin.accounts.debit({ id, cents: 45_000 })).toMatchObject({ balanceCents: 0 })
    expect((await developer('GET /account')).json.balance_cents).toBe(0)
    expect(app.ledger.total()).toBe(0)
  })

  test.each([0, -1, 0.5, Number.NaN, 1e9 + 1, '5', null, {}])('refuses %p cents', async (cents) => {
    const { app, account } = await portalApp()
    await expect(app.admin.accounts.debit({ id: account.id, cents } as never)).rejects.toMatchObject({
      problems: [{ field: 'cents' }],
    })
  })
})

describe('accounts delete', () => {
  test('takes keys and money only where that is said, and refuses the keys from the next request on', async () => {
    const { app, account, developer } = await portalApp()
    const { id } = account
    expect((await developer('GET /account')).status).toBe(200)
    for (const withAll of [undefined, false, 'yes'] as boolean[]) {
      await expect(app.admin.accounts.delete({ id, withAll })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: 'the account has 1 live keys and 50000 cents; --yes deletes them too',
      })
    }
    expect((await developer('GET /account')).status).toBe(200)
    expect(await app.admin.accounts.delete({ id, withAll: true })).toMatchObject({ id, name: 'Acme' })
    expect((await developer('GET /account')).json.error.code).toBe('INVALID_API_KEY')
    await expect(app.admin.accounts.show({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await app.admin.keys.list({ all: true })).toEqual([])
    expect([app.ledger.balance(id), app.ledger.total()]).toEqual([0, 0])
    app.keys.flushUsage()
    expect(app.isReady()).toBe(true)
  })

  test('needs no word for an account that has nothing', async () => {
    const { app } = await portalApp()
    const { id } = await app.admin.accounts.create({ name: 'Empty' })
    await app.admin.accounts.delete({ id })
    expect(await app.admin.accounts.list()).toMatchObject([{ name: 'Acme' }])
  })

  test('leaves an account with tasks, or a webhook, as it is, and says why', async () => {
    const { app, account, developer, postTask } = await portalApp()
    const { id } = account
    await developer('PUT /account/webhook', { url: 'https://example.com/hook' })
    const before = await app.admin.accounts.show({ id })
    await expect(app.admin.accounts.delete({ id, withAll: true })).rejects.toThrow(/webhooks, which are kept/)
    expect(await app.admin.accounts.show({ id })).toEqual(before)
    await postTask()
    await expect(app.admin.accounts.delete({ id, withAll: true })).rejects.toThrow(
      /0 workflows and 1 tasks, which are kept/,
    )
    expect(await app.admin.accounts.show({ id })).toMatchObject({ liveKeys: 1, tasks: 1, workflows: 0 })
    expect((await developer('GET /account')).status).toBe(200)
  })
})
