import { describe, expect, test } from 'bun:test'
import { manyKeysMadeBy } from '../helpers/many-keys.ts'
import { testApp } from '../helpers/test-app.ts'

async function withKeys() {
  const keyward = testApp()
  const { app, db } = keyward
  const token = await keyward.workflowsKey()
  const { id, prefix } = await app.admin.keys.show({ key: token })
  // A beginning that two ids share, and one of them has alone.
  const other = await keyward.workfunderKey('test')
  const { id: otherId } = await app.admin.keys.show({ key: other })
  db.$client.prepare(`update api_keys set id = 'aaaa0000-1' where id = ?`).run(id)
  db.$client.prepare(`update api_keys set id = 'aaaa0000-12' where id = ?`).run(otherId)
  return { ...keyward, token, prefix, other }
}

describe('a key is found by', () => {
  test('its id, also where that is the beginning of another’s', async () => {
    const { app } = await withKeys()
    expect((await app.admin.keys.show({ key: 'aaaa0000-1' })).api).toBe('workflows')
  })

  test('a beginning of its id that no other has', async () => {
    const { app } = await withKeys()
    expect((await app.admin.keys.show({ key: 'aaaa0000-12' })).api).toBe('workfunder')
  })

  test('its first 20 characters, with or without the ellipsis of lists', async () => {
    const { app, prefix } = await withKeys()
    for (const key of [prefix, `${prefix}…`, ` ${prefix}\n`]) {
      expect((await app.admin.keys.show({ key })).id).toBe('aaaa0000-1')
    }
  })

  test('the whole of it, whatever has become of it', async () => {
    const { app, token, clock } = await withKeys()
    await app.admin.keys.revoke({ id: token })
    clock.advance(1000)
    expect(await app.admin.keys.show({ key: token })).toMatchObject({ id: 'aaaa0000-1', status: 'revoked' })
  })

  test('the whole of it after secret.key was lost, by bcrypt', async () => {
    const { app, db, token } = await withKeys()
    db.$client.exec('update api_keys set verifier = null')
    expect((await app.admin.keys.show({ key: token })).id).toBe('aaaa0000-1')
  })
})

test('each change of a key takes what one holds of it, and so does the old secret of a rotation', async () => {
  const { app, token } = await withKeys()
  const { keys } = app.admin
  const rotated = await keys.rotate({ id: token.slice(0, 20), overlapMs: 60_000 })
  expect(await keys.show({ key: token })).toMatchObject({ id: 'aaaa0000-1', status: 'rotating' })
  expect(await keys.rename({ id: rotated.prefix, name: 'new' })).toMatchObject({
    id: 'aaaa0000-1',
    name: 'new',
  })
  expect((await keys.endOverlap({ id: `${token.slice(0, 20)}…` })).status).toBe('active')
  expect((await keys.disable({ id: rotated.key })).status).toBe('disabled')
  expect((await keys.enable({ id: rotated.prefix })).status).toBe('active')
  expect((await keys.revoke({ id: token })).status).toBe('revoked')
})

describe('no key is meant by', () => {
  test('a beginning that several ids have, which are named', async () => {
    const { app } = await withKeys()
    const asked = app.admin.keys.show({ key: 'aaaa' })
    await expect(asked).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(asked).rejects.toThrow(/ambiguous.*aaaa0000-1 \(test\), aaaa0000-12 \(test\)$/)
  })

  test('a whole key with one wrong character: who has mistyped one must not revoke another', async () => {
    const { app, token } = await withKeys()
    const wrong = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a')
    const asked = app.admin.keys.revoke({ id: wrong })
    await expect(asked).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(asked).rejects.not.toThrow(wrong.slice(20))
    expect((await app.admin.keys.show({ key: token })).status).toBe('active')
  })

  test.each<[string, unknown, string]>([
    ['an id that no key has', 'bbbb', 'NOT_FOUND'],
    ['20 characters that no key has', `wfk_${'0'.repeat(16)}`, 'NOT_FOUND'],
    ['nothing', '', 'INVALID_INPUT'],
    ['spaces', '  ', 'INVALID_INPUT'],
    ['a part of a key', `wfk_${'aB3'.repeat(8)}`, 'INVALID_INPUT'],
    ['a wildcard', '%', 'INVALID_INPUT'],
    ['an object', {}, 'INVALID_INPUT'],
    ['a list', ['aaaa0000-1'], 'INVALID_INPUT'],
    ['a megabyte', 'a'.repeat(1e6), 'INVALID_INPUT'],
  ])('%s', async (_, key, code) => {
    const { app } = await withKeys()
    const asked = app.admin.keys.show({ key } as never)
    await expect(asked).rejects.toMatchObject({ code })
    await expect(asked).rejects.not.toThrow('aB3aB3')
  })
})

describe('several keys are revoked', () => {
  test('together, each once', async () => {
    const { app, token, prefix, other } = await withKeys()
    const revoked = await app.admin.keys.revokeAll({ keys: [token, other, prefix] })
    expect(revoked.map(({ id, status }) => [id, status])).toEqual([
      ['aaaa0000-1', 'revoked'],
      ['aaaa0000-12', 'revoked'],
    ])
    expect(app.keys.check('workflows', token)).toBe('revoked')
    const rows = await app.admin.audit.list({})
    expect(rows.filter(({ action }) => action === 'keys.revoke').map(({ subject }) => subject)).toEqual([
      'aaaa0000-12',
      'aaaa0000-1',
    ])
  })

  test('all or none: where one is not found, none is', async () => {
    const { app, token } = await withKeys()
    await expect(app.admin.keys.revokeAll({ keys: [token, 'bbbb'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect((await app.admin.keys.show({ key: token })).status).toBe('active')
  })

  test('by their account, and no other account’s', async () => {
    const { app, workflowsKey } = testApp()
    const { id: mine } = await app.admin.accounts.create({ name: 'mine' })
    const { id: theirs } = await app.admin.accounts.create({ name: 'theirs' })
    await Promise.all([workflowsKey(undefined, mine), workflowsKey(undefined, mine)])
    const safe = await workflowsKey(undefined, theirs)
    expect(await app.admin.keys.revokeAll({ accountId: mine })).toHaveLength(2)
    expect(await app.admin.keys.revokeAll({ accountId: mine })).toEqual([])
    expect((await app.admin.keys.show({ key: safe })).status).toBe('active')
  })

  test('also where nothing can be stored: all are refused, and that is said', async () => {
    const { app, db, token, other } = await withKeys()
    app.keys.check('workflows', token)
    // More than one turn's worth before them.
    const { accountId } = await app.admin.keys.show({ key: token })
    manyKeysMadeBy(db, { id: 'x', accountId, api: 'workflows', environment: null }, 45, { expiresAt: null })
    const many = db.$client.prepare<[], string>(`select id from api_keys where made_by = 'x'`).pluck().all()
    db.$client.exec(`update api_keys set id = lower(id)`)
    db.$client.pragma('query_only = ON')
    const all = [...many.map((id) => id.toLowerCase()), token, other]
    await expect(app.admin.keys.revokeAll({ keys: all })).rejects.toThrow('are refused from now on')
    expect([app.keys.check('workflows', token), app.keys.check('workfunder', other)]).toEqual([
      'revoked',
      'revoked',
    ])
    db.$client.pragma('query_only = OFF')
    app.keys.storeRevocations()
    const stored = db.$client
      .prepare('select count(*) from api_keys where revoked_at is not null')
      .pluck()
      .get()
    expect(stored).toBe(47)
  })

  test.each([{}, { keys: [] }, { keys: 'aaaa' }, { keys: Array(1001).fill('aaaa') }, { keys: [null] }])(
    'never by %p',
    async (input) => {
      const { app } = await withKeys()
      await expect(app.admin.keys.revokeAll(input as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    },
  )
})
