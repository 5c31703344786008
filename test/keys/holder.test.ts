import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { createKeys } from '../../src/keys/keys.ts'
import { DAY_MS, HOUR_MS } from '../../src/lib/duration.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testDatabase } from '../helpers/test-database.ts'

/** A key that expires in a day, as it is once it was presented. */
async function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const accounts = createAccounts(withAudit({ db, clock }))
  const keys = createKeys({ ...withAudit({ db, clock }), accounts, secret: secretOf(Buffer.alloc(32, 1)) })
  const { id: accountId } = accounts.create({ name: 'Acme' }, OPERATOR)
  const { id, token } = await keys.create(
    { api: 'workfunder', environment: 'live', accountId, name: 'k', expiresAt: clock.now() + DAY_MS },
    null,
    OPERATOR,
  )

  /** Presents a secret. */
  function admitted(presented: string) {
    const holder = keys.check('workfunder', presented)
    if (typeof holder === 'string') throw new Error(`the key is ${holder}`)
    return holder
  }

  const holder = admitted(token)
  /** What whoever came with a secret is told, also where memory knows nothing of keys. */
  function told(asking = holder): string {
    const fromMemory = outcomeOf(() => keys.refuseEnded(asking))
    keys.forget()
    expect(outcomeOf(() => keys.refuseEnded(asking))).toBe(fromMemory)
    return fromMemory
  }

  const rotate = async (overlapMs: number) => (await keys.rotate(id, { overlapMs }, null, OPERATOR)).token
  return { clock, accounts, accountId, keys, id, token, holder, admitted, told, rotate }
}

type SetUp = Awaited<ReturnType<typeof setUp>>

function outcomeOf(ask: () => void): string {
  try {
    ask()
    return 'good'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a request that was admitted is told, before what it asks for is stored,', () => {
  test.each<[string, string, (keyward: SetUp) => unknown]>([
    ['nothing, where its key is good', 'good', () => {}],
    ['a ms before its key expires nothing', 'good', ({ clock }) => clock.advance(DAY_MS - 1)],
    ['that its key has expired', 'KEY_INVALID', ({ clock }) => clock.advance(DAY_MS)],
    ['that its key is let expire', 'KEY_INVALID', ({ keys, id }) => keys.expire(id, OPERATOR)],
    ['that its key is revoked', 'KEY_REVOKED', ({ keys, id }) => keys.revoke(id, OPERATOR)],
    ['that its key is disabled', 'KEY_INVALID', ({ keys, id }) => keys.disable(id, OPERATOR)],
    [
      'nothing, where its key was disabled and enabled',
      'good',
      ({ keys, id }) => {
        keys.disable(id, OPERATOR)
        keys.enable(id, OPERATOR)
      },
    ],
    [
      'that its account is suspended',
      'KEY_INVALID',
      ({ accounts, accountId }) => accounts.update(accountId, { status: 'suspended' }, OPERATOR),
    ],
    ['that its secret is replaced', 'KEY_REVOKED', ({ rotate }) => rotate(0)],
    ['nothing, while its secret goes on', 'good', ({ rotate }) => rotate(HOUR_MS)],
    [
      'that its secret’s overlap is over',
      'KEY_REVOKED',
      async ({ rotate, clock }) => {
        await rotate(HOUR_MS)
        clock.advance(HOUR_MS)
      },
    ],
    [
      'that its secret’s overlap is over, where that secret was presented again meanwhile',
      'KEY_REVOKED',
      async ({ rotate, clock, admitted, token }) => {
        await rotate(HOUR_MS)
        admitted(token)
        clock.advance(HOUR_MS)
      },
    ],
    [
      'that its secret is replaced, where the new one was presented meanwhile',
      'KEY_REVOKED',
      async ({ rotate, admitted }) => void admitted(await rotate(0)),
    ],
    [
      'that its secret ended, where its key was rotated twice',
      'KEY_REVOKED',
      async ({ rotate, admitted, token }) => {
        await rotate(HOUR_MS)
        admitted(token)
        await rotate(HOUR_MS)
      },
    ],
  ])('%s', async (_, outcome, meanwhile) => {
    const keyward = await setUp()
    await meanwhile(keyward)
    expect(keyward.told()).toBe(outcome)
  })
})

test('a request of another key, presented at the same time, is told nothing of one that is revoked', async () => {
  const { keys, accountId, id, admitted, told } = await setUp()
  const { token } = await keys.create(
    { api: 'workfunder', environment: 'test', accountId, name: 'other' },
    null,
    OPERATOR,
  )
  const other = admitted(token)
  keys.revoke(id, OPERATOR)
  expect([told(other), told()]).toEqual(['good', 'KEY_REVOKED'])
})
