import { describe, expect, test } from 'bun:test'
import type { GateSpec } from '../src/admission.ts'
import type { App } from '../src/app.ts'
import { testApp } from './helpers/test-app.ts'

type Attempt = Partial<GateSpec<string>> & { presented?: string | null; address?: string }

/** One request, at a gate of its own. */
function admit({ app }: { app: App }, { presented = null, address = '192.0.2.1', ...change }: Attempt) {
  const gate = app.admissions.gate({
    api: 'workflows',
    category: 'read',
    addressOf: (source: string) => source,
    ...change,
  })
  return gate(presented, address)
}

describe('a key within its limit', () => {
  test('is admitted at once, without a promise to wait for', async () => {
    const { app, workflowsKey } = testApp()
    const admission = admit({ app }, { presented: await workflowsKey() })
    expect(admission).not.toBeInstanceOf(Promise)
    expect(admission).toMatchObject({
      refusal: null,
      policy: 'read',
      window: { limit: 1000, remaining: 999 },
    })
  })

  test('has a window of its own for each category, with the documented limits', async () => {
    const { app, workflowsKey } = testApp()
    const presented = await workflowsKey()
    for (const [category, limit] of [
      ['read', 1000],
      ['write', 100],
      ['execute', 500],
    ] as const) {
      const admission = await admit({ app }, { presented, category })
      expect(admission.window).toMatchObject({ limit, remaining: limit - 1 })
    }
  })

  test('is counted also where its scope does not suffice', async () => {
    const { app, workflowsKey } = testApp()
    const presented = await workflowsKey(['runs:read'])
    const refused = await admit({ app }, { presented, scope: 'workflows:read' })
    expect(refused).toMatchObject({ refusal: 'forbidden', window: { remaining: 999 } })
  })

  test('does not ask for the client’s address', async () => {
    const { app, workflowsKey } = testApp()
    const addressOf = () => {
      throw new Error('asked')
    }
    expect((await admit({ app }, { presented: await workflowsKey(), addressOf })).refusal).toBeNull()
  })
})

describe('a key past its limit', () => {
  test('is refused before its scope is looked at, and not counted as used', async () => {
    const { app, clock, workflowsKey } = testApp()
    const presented = await workflowsKey(['runs:read'])
    for (let i = 0; i < 100; i++) await admit({ app }, { presented, category: 'write' })
    const [before] = await app.admin.keys.list({})
    clock.advance(1000)
    const refused = await admit({ app }, { presented, category: 'write', scope: 'workflows:write' })
    expect(refused).toMatchObject({ refusal: 'rate_limited', policy: 'write', window: { remaining: 0 } })
    expect((await app.admin.keys.list({}))[0]?.lastUsedAt).toBe(before?.lastUsedAt ?? '')
  })

  test('of WorkFunder has the limit of its account, also after the account changes', async () => {
    const { app, workfunderKey } = testApp()
    const { id } = await app.admin.accounts.create({ name: 'a', tier: 'free' })
    const keys = [await workfunderKey('live', id), await workfunderKey('test', id)]
    const limits = () =>
      Promise.all(
        keys.map(async (presented) => {
          return (await admit({ app }, { api: 'workfunder', category: 'requests', presented })).window.limit
        }),
      )
    expect(await limits()).toEqual([10, 10])
    await app.admin.accounts.update({ id, tier: 'pro' })
    expect(await limits()).toEqual([500, 500])
  })
})

describe('requests without a valid key', () => {
  test('draw on their address’s window, and past it are refused as too many', async () => {
    const { app } = testApp({ addressLimit: 2 })
    const refusals = []
    for (const presented of [null, 'nonsense', null]) {
      refusals.push((await admit({ app }, { presented })).refusal)
    }
    expect(refusals).toEqual(['missing', 'invalid', 'rate_limited'])
    expect((await admit({ app }, { address: '192.0.2.2' })).refusal).toBe('missing')
  })

  test('never keep out a valid key from the same address', async () => {
    const { app, workflowsKey } = testApp({ addressLimit: 1 })
    const presented = await workflowsKey()
    for (let i = 0; i < 5; i++) await admit({ app }, {})
    expect((await admit({ app }, { presented })).refusal).toBeNull()
  })

  test('do not reach bcrypt once their address has no attempts left', async () => {
    const { app, db, workflowsKey } = testApp({ addressLimit: 1 })
    const presented = await workflowsKey()
    db.$client.exec('update api_keys set verifier = null')
    await admit({ app }, {})
    expect((await admit({ app }, { presented })).refusal).toBe('rate_limited')
    expect((await admit({ app }, { presented, address: '192.0.2.2' })).refusal).toBeNull()
  })
})
