import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import type { Db } from '../../src/db/open.ts'
import { createKeys } from '../../src/keys/keys.ts'
import type { LiveKey } from '../../src/keys/live-key.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { manyKeysMadeBy } from '../helpers/many-keys.ts'
import { testDatabase } from '../helpers/test-database.ts'

const HOUR_MS = 3_600_000

async function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const accounts = createAccounts(withAudit({ db, clock }))
  const keys = createKeys({ ...withAudit({ db, clock }), accounts, secret: secretOf(Buffer.alloc(32, 1)) })

  /** A key of an account of its own, as it is once it was presented. */
  async function makerOf(expiresAt: number | null = null): Promise<LiveKey> {
    const accountId = accounts.create({ name: 'Acme' }, OPERATOR).id
    const { token } = await keys.create(
      { api: 'workflows', scopes: ['runs:read'], accountId, name: 'maker', expiresAt },
      null,
      OPERATOR,
    )
    const maker = keys.check('workflows', token)
    if (typeof maker === 'string') throw new Error(maker)
    return maker
  }

  const make = (maker: LiveKey) =>
    keys.create(
      { api: 'workflows', scopes: ['runs:read'], accountId: maker.account.id, name: 'new' },
      maker,
      OPERATOR,
    )

  return { db, clock, accounts, keys, makerOf, make }
}

type SetUp = Awaited<ReturnType<typeof setUp>>

describe('a key is not made where, while bcrypt works,', () => {
  test.each<[string, string, (keyward: SetUp, maker: LiveKey) => void]>([
    ['its maker is revoked', 'KEY_REVOKED', ({ keys }, { id }) => keys.revoke(id, OPERATOR)],
    ['its maker expires', 'KEY_INVALID', ({ clock }) => clock.advance(HOUR_MS)],
    [
      'its account is suspended',
      'KEY_INVALID',
      ({ accounts }, { account }) => accounts.update(account.id, { status: 'suspended' }, OPERATOR),
    ],
    [
      'its maker is revoked by another process',
      'KEY_REVOKED',
      ({ db }) => db.$client.exec('update api_keys set revoked_at = 1'),
    ],
    ['its maker is deleted', 'KEY_INVALID', ({ db }) => db.$client.exec('delete from api_keys')],
    [
      'the account gets its thousandth key',
      'CONFLICT',
      ({ db }, { id, account }) =>
        manyKeysMadeBy(db, { id, accountId: account.id, api: 'workflows', environment: null }, 1000, {
          expiresAt: null,
        }),
    ],
  ])('%s', async (_, code, meanwhile) => {
    const keyward = await setUp()
    const maker = await keyward.makerOf(keyward.clock.now() + HOUR_MS)
    const making = keyward.make(maker).catch((error) => error.code)
    meanwhile(keyward, maker)
    expect(await making).toBe(code)
    expect(keyward.keys.list({}).filter(({ name }) => name === 'new')).toEqual([])
  })
})

describe('of keys that are made at the same time', () => {
  test('one account’s wait at most five at once, so that another account’s key is still made', async () => {
    const { makerOf, make } = await setUp()
    const [greedy, other] = [await makerOf(), await makerOf()]
    const flood = Array.from({ length: 50 }, () => make(greedy).catch((error) => error.code))
    const made = await make(other)
    expect(made.token).toStartWith('wfk_')
    const outcomes = await Promise.all(flood)
    expect(outcomes.filter((outcome) => outcome === 'UNAVAILABLE')).toHaveLength(45)
  })

  test('those of the operator all are', async () => {
    const { keys, makerOf } = await setUp()
    const accountId = (await makerOf()).account.id
    const newKey = { api: 'workfunder', environment: 'live', accountId, name: 'n' } as const
    const made = await Promise.all(Array.from({ length: 15 }, () => keys.create(newKey, null, OPERATOR)))
    expect(new Set(made.map(({ token }) => token)).size).toBe(15)
  })

  test('none keeps a key that is met for the first time from being proved', async () => {
    const { db, keys, makerOf, make } = await setUp()
    const makers = [await makerOf(), await makerOf()]
    const accountId = makers[0]?.account.id ?? ''
    const { token } = await keys.create(
      { api: 'workfunder', environment: 'live', accountId, name: 'n' },
      null,
      OPERATOR,
    )
    db.$client.exec('update api_keys set verifier = null')
    const flood = makers.flatMap((maker) => Array.from({ length: 5 }, () => make(maker)))
    expect(await keys.prove('workfunder', token)).toBeObject()
    expect(await Promise.all(flood)).toHaveLength(10)
  })
})

describe('a list of keys', () => {
  /** What SQLite does for the queries of `work`, one line each. */
  function plansOf({ $client: client }: Db, work: () => void): string[] {
    const prepare = client.prepare.bind(client)
    const plans: string[] = []
    client.prepare = ((source: string) => {
      const statement = prepare(source)
      if (/^select .* from "api_keys"/s.test(source)) {
        const unbound = source.replaceAll('?', 'null')
        plans.push(...prepare(`explain query plan ${unbound}`).all().map(detailOf))
      }
      return statement
    }) as typeof client.prepare
    work()
    client.prepare = prepare
    return plans
  }

  const detailOf = (step: unknown) => (step as { detail: string }).detail

  test.each([
    { api: 'workflows' },
    { api: 'workflows', after: { createdAt: 1, id: 'x' } },
    { api: 'workfunder' },
    { api: 'workfunder', environment: 'live' },
  ] as const)('walks its index and sorts nothing: %p', async (which) => {
    const { db, keys } = await setUp()
    const filter = { accountId: 'a', ...which }
    const plans = plansOf(db, () => {
      keys.list({ ...filter, limit: 1, offset: 1 })
      keys.count(filter)
    })
    expect(plans.filter((plan) => plan.includes('api_keys_listing'))).toHaveLength(2)
    expect(
      plans.filter((plan) => /\bapi_keys\b/.test(plan) && !/USING .*api_keys_listing/.test(plan)),
    ).toEqual([])
    expect(plans.filter((plan) => /TEMP B-TREE|SCAN/.test(plan))).toEqual([])
  })
})
