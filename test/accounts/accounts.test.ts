import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { requestsPerMinute, tasksPerMonth, UNLIMITED } from '../../src/accounts/tiers.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testDatabase } from '../helpers/test-database.ts'

const setUp = () => createAccounts(withAudit({ db: testDatabase(), clock: manualClock() }))

describe('the limits of an account', () => {
  test.each([
    ['free', 10, 50],
    ['growth', 100, 500],
    ['pro', 500, Number.POSITIVE_INFINITY],
    ['enterprise', 2000, Number.POSITIVE_INFINITY],
  ] as const)('the tier %s has %d requests a minute and %d tasks a month', (tier, requests, tasks) => {
    const account = setUp().create({ name: 'a', tier }, OPERATOR)
    expect([requestsPerMinute(account), tasksPerMonth(account)]).toEqual([requests, tasks])
  })

  test('are its own before those of its tier, and null goes back to the tier’s', () => {
    const accounts = setUp()
    const { id } = accounts.create({ name: 'a' }, OPERATOR)
    const own = accounts.update(id, { requestsPerMinute: 7, tasksPerMonth: UNLIMITED }, OPERATOR)
    expect([requestsPerMinute(own), tasksPerMonth(own)]).toEqual([7, Number.POSITIVE_INFINITY])
    const back = accounts.update(id, { requestsPerMinute: null, tasksPerMonth: null }, OPERATOR)
    expect([requestsPerMinute(back), tasksPerMonth(back)]).toEqual([10, 50])
  })

  test('reach those who hold the account in memory when they change', () => {
    const accounts = setUp()
    const { id } = accounts.create({ name: 'a' }, OPERATOR)
    const held = accounts.live(id)
    accounts.update(id, { tier: 'pro' }, OPERATOR)
    expect(requestsPerMinute(held)).toBe(500)
  })

  test('stay as they were where a change does not name them', () => {
    const accounts = setUp()
    const { id } = accounts.create({ name: 'a', email: 'a@b.c', tier: 'pro' }, OPERATOR)
    accounts.update(id, { requestsPerMinute: 7 }, OPERATOR)
    expect(accounts.update(id, { status: 'suspended', tier: undefined }, OPERATOR)).toMatchObject({
      name: 'a',
      email: 'a@b.c',
      tier: 'pro',
      status: 'suspended',
      requestsPerMinute: 7,
    })
  })
})

describe('the account of a command that names none', () => {
  test('is made where there is none, and found again', () => {
    const accounts = setUp()
    const made = accounts.onlyOrCreate('default', OPERATOR)
    expect(made).toMatchObject({ name: 'default', tier: 'free' })
    expect(accounts.onlyOrCreate('default', OPERATOR).id).toBe(made.id)
  })

  test('must be named where there are several', () => {
    const accounts = setUp()
    accounts.create({ name: 'a' }, OPERATOR)
    accounts.create({ name: 'b' }, OPERATOR)
    expect(() => accounts.onlyOrCreate('default', OPERATOR)).toThrow('--account')
  })
})

describe('a bad value is refused, with its field named,', () => {
  test.each([
    [{ name: '' }, 'name must have'],
    [{ name: ' ' }, 'name must have'],
    [{ name: 'a', tier: 'gold' }, 'tier must be one of free, growth, pro, enterprise'],
    [{ name: 'a', email: 'nobody' }, 'email must be an e-mail address'],
    [{ name: 'a', email: 'a\n@b.c' }, 'email must be an e-mail address'],
    [{ name: 'a', email: 'a\u202Emoc.elpmaxe@b.c' }, 'email must be an e-mail address'],
    [{ name: 'a', email: 'a@b.c\u200B' }, 'email must be an e-mail address'],
  ])('when an account is created with %p', (input, message) => {
    expect(() => setUp().create(input, OPERATOR)).toThrow(message)
  })

  test.each([
    [{ tier: 'gold' }, 'tier must be one of'],
    [{ status: 'gone' }, 'status must be one of active, suspended'],
    [{ requestsPerMinute: 0 }, 'requestsPerMinute must be a whole number from 1 to 1000000'],
    [{ requestsPerMinute: 1_000_001 }, 'requestsPerMinute must be'],
    [{ requestsPerMinute: 1.5 }, 'requestsPerMinute must be'],
    [{ tasksPerMonth: -2 }, 'tasksPerMonth must be'],
    [{ tasksPerMonth: Number.NaN }, 'tasksPerMonth must be'],
  ])('when an account is changed to %p, and nothing changes', (change, message) => {
    const accounts = setUp()
    const account = accounts.create({ name: 'a' }, OPERATOR)
    expect(() => accounts.update(account.id, change, OPERATOR)).toThrow(message)
    expect(accounts.find(account.id)).toEqual(account)
  })

  test('and so is a change of an account that is not there', () => {
    expect(() => setUp().update('nobody', { tier: 'pro' }, OPERATOR)).toThrow('no account has the id nobody')
  })

  test.each([`wf_live_${'a'.repeat(40)}`, `wfk_${'a'.repeat(32)}`, 'a\u001b[2J', 'a b', 'a'.repeat(65)])(
    'and what cannot be an id, as %p, is not repeated: it may be a whole key',
    (id) => {
      expect(() => setUp().find(id)).toThrow(/^no account has this id$/)
    },
  )
})
