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
