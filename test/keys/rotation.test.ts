import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { createKeys, type NewKey } from '../../src/keys/keys.ts'
import type { LiveKey } from '../../src/keys/live-key.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { TEST_BCRYPT_COST } from '../helpers/test-app.ts'
import { testDatabase } from '../helpers/test-database.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const AT_ONCE = { overlapMs: 0 }
const FOR_AN_HOUR = { overlapMs: HOUR_MS }

function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const accounts = createAccounts(withAudit({ db, clock }))
  const accountId = accounts.create({ name: 'Acme', tier: 'growth' }, OPERATOR).id
  const openKeys = (secret = 1) =>
    createKeys({
      ...withAudit({ db, clock }),
      accounts,
      secret: secretOf(Buffer.alloc(32, secret)),
      bcryptCost: TEST_BCRYPT_COST,
    })
  const keys = openKeys()
  const newKey = (change: Partial<NewKey> = {}) =>
    ({ api: 'workflows', scopes: ['runs:read'], accountId, name: 'n', expiresAt: null, ...change }) as NewKey
  const make = (change: Partial<NewKey> = {}) => keys.create(newKey(change), null, OPERATOR)

  /** As the server that runs decides, and as one that has just started does. */
  function verdicts(token: string): string[] {
    return [keys, openKeys()].map((anyKeys) => {
      const verdict = anyKeys.check('workflows', token)
      return typeof verdict === 'string' ? verdict : 'good'
    })
  }

  function holderOf(token: string): LiveKey {
    const holder = keys.check('workflows', token)
    if (typeof holder === 'string') throw new Error(holder)
    return holder
  }

  return { db, clock, accounts, accountId, keys, openKeys, newKey, make, verdicts, holderOf }
}

const GOOD = ['good', 'good']
const INVALID = ['invalid', 'invalid']
const REVOKED = ['revoked', 'revoked']

describe('a key that is rotated', () => {
  test('has a new secret, and the old one is refused at once, which only who holds all of it is told', async () => {
    const { keys, make, verdicts } = setUp()
    const { token, id } = await make()
    expect(verdicts(token)).toEqual(GOOD)
    const rotated = await keys.rotate(id, AT_ONCE, null, OPERATOR)
    expect(rotated.token).not.toBe(token)
    expect(rotated.prefix).toBe(rotated.token.slice(0, 20))
    expect(verdicts(rotated.token)).toEqual(GOOD)
    expect(verdicts(token)).toEqual(REVOKED)
    expect(verdicts(token.slice(0, 20) + 'x'.repeat(16))).toEqual(INVALID)
  })

  test('keeps all else: id, name, scopes, account, maker, times of its making and of its end, and its usage', async () => {
    const { keys, clock, make, holderOf } = setUp()
    const { token, ...made } = await make({ name: 'CI', expiresAt: clock.now() + DAY_MS })
    keys.recordUse(holderOf(token), clock.now())
    const usedAt = clock.now()
    clock.advance(HOUR_MS)
    const { token: next } = await keys.rotate(made.id, FOR_AN_HOUR, null, OPERATOR)
    const [listed] = keys.list({})
    expect(listed).toEqual({
      ...made,
      lastUsedAt: usedAt,
      prefix: next.slice(0, 20),
      previousPrefix: made.prefix,
      rotatedAt: clock.now(),
      previousEndsAt: clock.now() + HOUR_MS,
    })
  })

  test('takes both secrets until the millisecond in which the overlap ends, and the new one from then on', async () => {
    const { keys, clock, make, verdicts } = setUp()
    const { token, id } = await make()
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
    clock.advance(HOUR_MS - 1)
    expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
    clock.advance(1)
    expect([verdicts(token), verdicts(next)]).toEqual([REVOKED, GOOD])
  })

  test('refuses a secret that ended at once also where the clock is set back', async () => {
    const { keys, clock, make, verdicts } = setUp()
    const [first, other] = [await make(), await make()]
    await keys.rotate(first.id, AT_ONCE, null, OPERATOR)
    await keys.rotate(other.id, FOR_AN_HOUR, null, OPERATOR)
    keys.endOverlap(other.id, OPERATOR)
    clock.stepWall(-DAY_MS)
    expect([verdicts(first.token), verdicts(other.token)]).toEqual([REVOKED, REVOKED])
  })

  test('is counted in one row of usage, whichever secret is presented', async () => {
    const { db, keys, clock, make, holderOf } = setUp()
    const { token, id } = await make()
    keys.recordUse(holderOf(token), clock.now())
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    for (const presented of [token, next, token]) keys.recordUse(holderOf(presented), clock.now())
    await keys.storeUsage()
    expect(db.$client.prepare('select requests from key_usage').pluck().all()).toEqual([4])
  })

  test('once more has two secrets: the oldest one ends at once, however long its overlap was', async () => {
    const { db, keys, make, verdicts } = setUp()
    const { token, id } = await make()
    const second = await keys.rotate(id, { overlapMs: 90 * DAY_MS }, null, OPERATOR)
    const third = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    expect([token, second.token, third.token].map(verdicts)).toEqual([INVALID, GOOD, GOOD])
    const dump = db.$client.serialize().toString('latin1')
    for (const { length } of [token, second.token, third.token]) expect(length).toBe(36)
    for (const whole of [token, second.token, third.token]) expect(dump).not.toContain(whole.slice(20))
  })

  test('is revoked with both its secrets', async () => {
    const { keys, make, verdicts } = setUp()
    const { token, id } = await make()
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
    keys.revoke(id, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([REVOKED, REVOKED])
  })

  test('is revoked with both its secrets also where nothing can be stored', async () => {
    const { db, keys, make } = setUp()
    const { token, id } = await make()
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    for (const presented of [token, next]) expect(keys.check('workflows', presented)).toBeObject()
    db.$client.pragma('query_only = ON')
    expect(() => keys.revoke(id, OPERATOR)).toThrow('does not outlast a restart')
    for (const presented of [token, next]) expect(keys.check('workflows', presented)).toBe('revoked')
  })

  test('ends its overlap when it is told to', async () => {
    const { keys, make, verdicts } = setUp()
    const { token, id } = await make()
    expect(() => keys.endOverlap(id, OPERATOR)).toThrow('has no previous secret that goes on')
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    expect(verdicts(token)).toEqual(GOOD)
    keys.endOverlap(id, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([REVOKED, GOOD])
    expect(() => keys.endOverlap(id, OPERATOR)).toThrow('has no previous secret that goes on')
  })

  test('is found by either prefix through an index', async () => {
    const { db, openKeys } = setUp()
    const keys = openKeys()
    const plans = queryPlans(db, () => keys.check('workflows', `wfk_${'x'.repeat(32)}`))
    const steps = plans.flatMap((plan) => plan.steps)
    expect(steps.filter((step) => /api_keys_prefix|api_keys_previous_prefix/.test(step))).toHaveLength(2)
    expect(steps.filter((step) => step.includes('SCAN'))).toEqual([])
  })
})

describe('rotation and the end of a key are kept apart:', () => {
  test('an overlap ends with the key at the latest, and a rotation moves neither', async () => {
    const { keys, clock, make, verdicts } = setUp()
    const expiresAt = clock.now() + HOUR_MS
    const { token, id } = await make({ expiresAt })
    const rotated = await keys.rotate(id, { overlapMs: DAY_MS }, null, OPERATOR)
    expect([rotated.expiresAt, rotated.previousEndsAt]).toEqual([expiresAt, expiresAt])
    clock.advance(HOUR_MS - 1)
    expect([verdicts(token), verdicts(rotated.token)]).toEqual([GOOD, GOOD])
    clock.advance(1)
    expect([verdicts(token), verdicts(rotated.token)]).toEqual([INVALID, INVALID])
  })

  test('the operator may give the key another end, which the old secret does not share', async () => {
    const { keys, clock, make, verdicts } = setUp()
    const { token, id } = await make({ expiresAt: clock.now() + HOUR_MS })
    const later = clock.now() + 90 * DAY_MS
    const rotated = await keys.rotate(id, { overlapMs: DAY_MS, expiresAt: later }, null, OPERATOR)
    expect(rotated.expiresAt).toBe(later)
    clock.advance(HOUR_MS)
    expect([verdicts(token), verdicts(rotated.token)]).toEqual([REVOKED, GOOD])
  })

  test.each([[-1], [0.5], [Number.NaN], [90 * DAY_MS + 1], ['3600' as never]])(
    'an overlap of %p ms is refused, and the key stays as it was',
    async (overlapMs) => {
      const { keys, make, verdicts } = setUp()
      const { token, id } = await make()
      await expect(keys.rotate(id, { overlapMs }, null, OPERATOR)).rejects.toThrow('overlap must')
      expect(verdicts(token)).toEqual(GOOD)
    },
  )

  test.each([[1], [8e15], [0.5]])(
    'an end at %p is refused, and the key stays as it was',
    async (expiresAt) => {
      const { keys, make, verdicts } = setUp()
      const { token, id } = await make()
      await expect(keys.rotate(id, { overlapMs: 0, expiresAt }, null, OPERATOR)).rejects.toThrow(
        'expiresAt must',
      )
      expect(verdicts(token)).toEqual(GOOD)
    },
  )
})

describe('a key is not rotated', () => {
  test.each<[string, (keyward: ReturnType<typeof setUp>, id: string) => void]>([
    ['revoked', ({ keys }, id) => keys.revoke(id, OPERATOR)],
    ['expired', ({ clock }) => clock.advance(HOUR_MS)],
    ['disabled', ({ keys }, id) => keys.disable(id, OPERATOR)],
  ])('where it is %s, before or while bcrypt works', async (status, end) => {
    const keyward = setUp()
    const { keys, clock, make } = keyward
    const { id, prefix } = await make({ expiresAt: clock.now() + HOUR_MS })
    const underWay = keys.rotate(id, AT_ONCE, null, OPERATOR).catch((error) => error)
    end(keyward, id)
    const refusals = [await underWay, await keys.rotate(id, AT_ONCE, null, OPERATOR).catch((error) => error)]
    for (const { code, message } of refusals) {
      expect([code, message]).toEqual(['INVALID_STATE', `The API key is ${status} and cannot be rotated`])
    }
    expect(keys.find(id)).toMatchObject({ prefix, rotatedAt: null })
  })

  test.each<[string, string, (keyward: ReturnType<typeof setUp>, id: string) => unknown]>([
    ['is revoked', 'KEY_REVOKED', ({ keys }, id) => keys.revoke(id, OPERATOR)],
    [
      'is rotated',
      'KEY_REVOKED',
      ({ db }) => db.$client.exec(`update api_keys set prefix = 'another' where seq = 1`),
    ],
    ['is disabled', 'KEY_INVALID', ({ keys }, id) => keys.disable(id, OPERATOR)],
    ['expires', 'KEY_INVALID', ({ clock }) => clock.advance(DAY_MS)],
    ['is deleted', 'KEY_INVALID', ({ db }) => db.$client.exec('delete from api_keys where seq = 1')],
  ])('where the key that asks for it %s while bcrypt works', async (_, code, end) => {
    const keyward = setUp()
    const { keys, clock, make, holderOf } = keyward
    const asking = await make({ expiresAt: clock.now() + DAY_MS })
    const other = await make({ expiresAt: clock.now() + DAY_MS })
    const underWay = keys
      .rotate(other.id, AT_ONCE, holderOf(asking.token), OPERATOR)
      .catch((error) => error.code)
    end(keyward, asking.id)
    expect(await underWay).toBe(code)
    expect(keys.find(other.id).rotatedAt).toBeNull()
  })

  test.each([
    ['rotates', 'rotatedAt'],
    ['makes', 'madeBy'],
  ])(
    'nor made by a secret whose overlap ends while bcrypt works, though its key %s on with the new one',
    async (what) => {
      const { keys, newKey, make, holderOf } = setUp()
      const { id, token } = await make()
      const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
      const ask = (holder: LiveKey) => {
        const asked =
          what === 'makes'
            ? keys.create(newKey(), holder, OPERATOR)
            : keys.rotate(id, AT_ONCE, holder, OPERATOR)
        return asked.then(
          () => 'done',
          (error) => error.code,
        )
      }
      const underWay = ask(holderOf(token))
      keys.endOverlap(id, OPERATOR)
      expect(await underWay).toBe('KEY_REVOKED')
      expect(await ask(holderOf(next))).toBe('done')
    },
  )

  test('twice by the same secret at once: one of the two is refused, and the other’s secret is good', async () => {
    const { keys, make, holderOf, verdicts } = setUp()
    const { id, token } = await make()
    const holder = holderOf(token)
    const outcomes = await Promise.all(
      [1, 2].map(() => keys.rotate(id, AT_ONCE, holder, OPERATOR).catch((error) => error.code)),
    )
    const [done] = outcomes.filter((outcome) => typeof outcome !== 'string')
    expect(outcomes).toContain('KEY_REVOKED')
    expect(verdicts(done.token)).toEqual(GOOD)
  })

  test('by a key that expires before it does, which would live on in its new secret', async () => {
    const { keys, clock, make, holderOf } = setUp()
    const asking = await make({ expiresAt: clock.now() + DAY_MS })
    const rotate = (id: string) => keys.rotate(id, AT_ONCE, holderOf(asking.token), OPERATOR)
    for (const expiresAt of [clock.now() + DAY_MS + 1, null]) {
      const { id } = await make({ expiresAt })
      await expect(rotate(id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    const { id } = await make({ expiresAt: clock.now() + DAY_MS })
    expect(await rotate(id)).toMatchObject({ id })
    expect(await rotate(asking.id)).toMatchObject({ id: asking.id })
  })
})

describe('where secret.key is another', () => {
  test('both secrets are proved by bcrypt once, and each by its own verifier from then on', async () => {
    const { keys, openKeys, make } = setUp()
    const { token, id } = await make()
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    const later = openKeys(2)
    for (const presented of [token, next]) {
      expect(later.check('workflows', presented)).toBe('unproven')
      expect(await later.prove('workflows', presented)).toMatchObject({ id })
    }
    for (const presented of [token, next]) {
      expect(openKeys(2).check('workflows', presented)).toMatchObject({ id })
    }
  })

  test('a secret that is replaced while bcrypt proves it does not stand in the new one’s way', async () => {
    const { openKeys, make, db } = setUp()
    const { token, id } = await make()
    const later = openKeys(2)
    // bcrypt takes them in this order.
    const rotating = later.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    const proving = later.prove('workflows', token)
    const { token: next } = await rotating
    expect(await proving).toMatchObject({ id })
    db.$client.exec('update api_keys set previous_verifier = null')
    const again = openKeys(2)
    const rotatingAgain = again.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    const provingAgain = again.prove('workflows', token)
    const last = await rotatingAgain
    expect(await provingAgain).toBe('invalid')
    for (const presented of [next, last.token]) {
      expect(openKeys(2).check('workflows', presented)).toMatchObject({ id })
    }
  })
})

describe('a rotation that is taken back', () => {
  test('leaves the key with the secret that it had, its end and its age, and refuses the new one', async () => {
    const { keys, clock, make, verdicts } = setUp()
    const { token, id, ...made } = await make({ expiresAt: clock.now() + DAY_MS })
    clock.advance(HOUR_MS)
    const rotated = await keys.rotate(
      id,
      { overlapMs: HOUR_MS, expiresAt: clock.now() + 9 * DAY_MS },
      null,
      OPERATOR,
    )
    for (const presented of [token, rotated.token]) expect(verdicts(presented)).toEqual(GOOD)
    expect(keys.undoRotation(id, rotated.prefix, rotated.before, OPERATOR)).toEqual({ id, ...made })
    expect([verdicts(token), verdicts(rotated.token)]).toEqual([GOOD, INVALID])
  })

  test('is not, once the key has another secret', async () => {
    const { keys, make, verdicts } = setUp()
    const { id } = await make()
    const second = await keys.rotate(id, AT_ONCE, null, OPERATOR)
    const third = await keys.rotate(id, AT_ONCE, null, OPERATOR)
    expect(() => keys.undoRotation(id, second.prefix, second.before, OPERATOR)).toThrow('rotated once more')
    expect(verdicts(third.token)).toEqual(GOOD)
    keys.undoRotation(id, third.prefix, third.before, OPERATOR)
    expect(() => keys.undoRotation(id, second.prefix, second.before, OPERATOR)).toThrow('rotated once more')
    expect(verdicts(second.token)).toEqual(GOOD)
  })
})

describe('a key that is disabled', () => {
  test('is invalid with both its secrets, and good again once it is enabled', async () => {
    const { keys, make, verdicts } = setUp()
    const { token, id } = await make()
    const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
    keys.disable(id, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([INVALID, INVALID])
    keys.enable(id, OPERATOR)
    expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
  })

  test('keeps the time since when, and has none once it is enabled', async () => {
    const { keys, clock, make } = setUp()
    const { id } = await make()
    const { disabledAt } = keys.disable(id, OPERATOR)
    expect(disabledAt).toBe(clock.now())
    clock.advance(HOUR_MS)
    expect(keys.disable(id, OPERATOR).disabledAt).toBe(disabledAt)
    expect([keys.enable(id, OPERATOR).disabledAt, keys.enable(id, OPERATOR).disabledAt]).toEqual([null, null])
  })

  test('is invalid where it is disabled while bcrypt proves it', async () => {
    const { openKeys, make } = setUp()
    const { token, id } = await make()
    const later = openKeys(2)
    const proving = later.prove('workflows', token)
    later.disable(id, OPERATOR)
    expect(await proving).toBe('invalid')
  })

  test('says revoked, and stays so, once it is revoked', async () => {
    const { keys, make, verdicts } = setUp()
    const { token, id } = await make()
    keys.disable(id, OPERATOR)
    keys.revoke(id, OPERATOR)
    expect(verdicts(token)).toEqual(REVOKED)
    expect(() => keys.enable(id, OPERATOR)).toThrow('The API key is revoked')
    expect(() => keys.disable(id, OPERATOR)).toThrow('The API key is revoked')
  })
})

test('a key that is let expire is invalid at once with both its secrets, and keeps the time since when', async () => {
  const { keys, clock, make, verdicts } = setUp()
  const { token, id } = await make()
  const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
  expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
  const { expiresAt } = keys.expire(id, OPERATOR)
  expect([expiresAt, verdicts(token), verdicts(next)]).toEqual([clock.now(), INVALID, INVALID])
  clock.advance(HOUR_MS)
  expect(keys.expire(id, OPERATOR).expiresAt).toBe(expiresAt)
  keys.revoke(id, OPERATOR)
  expect(() => keys.expire(id, OPERATOR)).toThrow('The API key is revoked')
})

test('a key has the name that it was renamed to, which must be one', async () => {
  const { keys, make, verdicts } = setUp()
  const { token, id } = await make({ name: 'old' })
  expect(keys.rename(id, 'new', OPERATOR)).toMatchObject({ id, name: 'new' })
  for (const name of ['', 'a\u0007b', 'n'.repeat(256), 7 as never]) {
    expect(() => keys.rename(id, name, OPERATOR)).toThrow('name must')
  }
  expect([keys.find(id).name, verdicts(token)]).toEqual(['new', GOOD])
})

test('where nothing can be stored, a rotation, its end, a disabling and a renaming fail and change nothing', async () => {
  const { db, keys, make, verdicts } = setUp()
  const { token, id } = await make()
  const { token: next } = await keys.rotate(id, FOR_AN_HOUR, null, OPERATOR)
  const before = keys.find(id)
  db.$client.pragma('query_only = ON')
  await expect(keys.rotate(id, AT_ONCE, null, OPERATOR)).rejects.toThrow('readonly')
  expect(() => keys.endOverlap(id, OPERATOR)).toThrow('readonly')
  expect(() => keys.disable(id, OPERATOR)).toThrow('readonly')
  expect(() => keys.rename(id, 'new', OPERATOR)).toThrow('readonly')
  db.$client.pragma('query_only = OFF')
  expect(keys.find(id)).toEqual(before)
  expect([verdicts(token), verdicts(next)]).toEqual([GOOD, GOOD])
})
