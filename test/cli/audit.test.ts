import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

const CREATE = ['keys', 'create', '--api', 'workflows', '--name', 'CI']

/** A data folder with an account and a key in it. */
async function setUp() {
  const folder = emptyFolder()
  const run = (...line: string[]) => keyward(['admin', ...line, '--data', folder])
  const key = await plantedKey(folder)
  const tamper = (sql: string) => {
    const client = openClient(join(folder, 'keyward.db'))
    client.exec(sql)
    client.close()
  }
  return { folder, run, key, tamper }
}

/** The same with a server on the folder and without. */
describe.each([['up'], ['down']])('with the server %s', (state) => {
  const start = (folder: string) => (state === 'up' ? serveProcess(['--data', folder]) : null)

  test('a change is listed with who made it, by which door, and what it was', async () => {
    const { folder, run, key } = await setUp()
    const server = await start(folder)
    await run('keys', 'revoke', key.id)
    const { code, stdout, stderr } = await run('audit', 'list', '--key', key.id)
    await server?.stop()
    expect([code, stderr]).toEqual([0, ''])
    const [head, revoked, created, ...rest] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/^ROW +WHEN +WHO +FROM +ACTION +SUBJECT +CHANGE$/)
    expect(revoked).toContain(` ${state === 'up' ? 'socket' : 'folder'} `)
    expect(revoked).toMatch(/^3 .* keys\.revoke .* revokedAt - → 20\d\d-/)
    expect(created).toMatch(/^2 .* folder .* keys\.create .* name CI,/)
    expect(created).not.toContain('unknown')
    expect(created).not.toContain(key.key.slice(20))
    expect(rest).toEqual([])
  })

  test('a trail that was tampered with is told row by row, with exit code 1', async () => {
    const { folder, run, tamper } = await setUp()
    const whole = await run('audit', 'verify')
    const server = await start(folder)
    tamper(
      "update audit_entries set actor_name = 'eve' where seq = 2; delete from audit_entries where seq = 1",
    )
    const { code, stdout, stderr } = await run('audit', 'verify')
    const asJson = await run('audit', 'verify', '--json')
    await server?.stop()
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringMatching(/^2:[0-9a-f]{64}\n$/)])
    expect([code, stdout]).toEqual([1, 'row 1 is missing\nrow 2 was altered\n'])
    expect(stderr).toContain('error: the audit trail is not whole: 2 faults')
    expect(asJson.code).toBe(1)
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      checked: 1,
      faults: [
        { seq: 1, problem: 'is missing' },
        { seq: 2, problem: 'was altered' },
      ],
    })
  })

  test('an export is one line of JSON for each change, oldest first, of more than one page', async () => {
    const { folder, run, key, tamper } = await setUp()
    const server = await start(folder)
    tamper(`with recursive n(i) as (select 3 union all select i + 1 from n where i < 1203)
      insert into audit_entries select i, at, actor_kind, actor_name, actor_from, action, subject, account_id, before, after,
      previous_hash, hash, latest_at from n, audit_entries where seq = 2`)
    const { code, stdout, stderr } = await run('audit', 'export')
    await server?.stop()
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 1203 }, (_, i) => i + 1))
    expect(lines[1]).toMatchObject({ action: 'keys.create', subject: key.id, after: { name: 'CI' } })
  })
})

test('a line of an export is hashed as any JSON tool can: its fields but the hash, with sorted names', async () => {
  const { run } = await setUp()
  for (const line of (await run('audit', 'export')).stdout.trimEnd().split('\n')) {
    const { hash, ...fields } = JSON.parse(line)
    const sorted = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, child]) => [name, sorted(child)]),
          )
        : value
    expect(Bun.SHA256.hash(JSON.stringify(sorted(fields)), 'hex')).toBe(hash)
  }
})

test('a trail that was made anew is told by the line that an earlier verify printed', async () => {
  const { run, tamper } = await setUp()
  const noted = (await run('audit', 'verify')).stdout.trim()
  await run(...CREATE)
  expect((await run('audit', 'verify', '--noted', noted)).code).toBe(0)
  tamper("delete from audit_entries; delete from settings where name = 'audit_head'")
  await run(...CREATE)
  expect((await run('audit', 'verify')).code).toBe(0)
  const { code, stdout } = await run('audit', 'verify', '--noted', noted)
  expect([code, stdout]).toEqual([1, 'row 2 is not the row whose hash was noted\n'])
})

test.each([
  [['list', '--since', 'yesterday'], '--since must be a duration such as 7d'],
  [['list', '--since', '2026-11-21'], '--since must be a duration such as 7d'],
  [['list', '--limit', 'all'], '--limit must be a whole number'],
  [['list', '--limit', '1001'], 'limit must be a whole number from 1 to 1000'],
  [['verify', '--noted', 'x'], '--noted must be what audit verify printed'],
])('audit %p is refused: %s', async (line, message) => {
  const { run } = await setUp()
  const { code, stdout, stderr } = await run('audit', ...line)
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)])
})

test.skipIf(!existsSync('/dev/full'))('an export that cannot be written is an error', async () => {
  const { folder } = await setUp()
  const child = Bun.spawn(
    [
      'sh',
      '-c',
      'exec "$@" > /dev/full',
      'sh',
      process.execPath,
      join(import.meta.dir, '../../src/main.ts'),
      'admin',
      'audit',
      'export',
      '--data',
      folder,
    ],
    { stderr: 'pipe', env: { ...process.env, NO_COLOR: '1' } },
  )
  expect(await new Response(child.stderr).text()).toContain('error: the output cannot be written: ')
  expect(await child.exited).toBe(1)
})

test('in a folder where nothing was changed yet there is nothing to list, and the trail is whole', async () => {
  const { run, tamper } = await setUp()
  tamper("delete from audit_entries; delete from settings where name = 'audit_head'")
  expect(await run('audit', 'list')).toEqual({ code: 0, stdout: '', stderr: 'No changes.\n' })
  expect(await run('audit', 'export')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect((await run('audit', 'verify')).code).toBe(0)
})
