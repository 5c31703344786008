import { expect, test } from 'bun:test'
import { openClient } from '../../src/db/driver.ts'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'

const CONNECTIONS = 8
const ROTATIONS = 100
const KILLS = 3

test('no secret is refused before its overlap ends and none is admitted after, on 8 connections at once', async () => {
  const { app, clock, workflows } = testApp({ addressLimit: 1_000_000 })
  const made = await app.admin.keys.create({ api: 'workflows', name: 'k' })
  const status = async (key: string) => (await workflows('GET /workflows', { key })).status
  /** One request on each connection, with these secrets in turn. */
  const ask = (...secrets: string[]) =>
    Array.from({ length: CONNECTIONS }, (_, i) => status(secrets[i % secrets.length] ?? ''))
  const seen: Record<string, Set<number>> = {}
  const note = async (when: string, asked: Promise<number>[]) => {
    seen[when] ??= new Set()
    for (const one of await Promise.all(asked)) seen[when].add(one)
  }

  let old = made.key
  for (let i = 0; i < ROTATIONS; i++) {
    const line = `POST /auth/api-keys/${made.id}/rotate`
    const rotating = workflows(line, { key: old, json: { overlapSeconds: 60 } })
    await note('the old one while it is replaced', ask(old))
    const next: string = (await rotating).json.data.key
    await note('both during the overlap', ask(old, next))
    clock.advance(59_999)
    await note('both in its last millisecond', ask(old, next))
    const underWay = ask(next)
    clock.advance(1)
    await note('the new one while the overlap ends', underWay)
    await note('the old one after it', ask(old))
    await note('the new one after it', ask(next))
    old = next
  }
  expect(seen).toEqual({
    'the old one while it is replaced': new Set([200]),
    'both during the overlap': new Set([200]),
    'both in its last millisecond': new Set([200]),
    'the new one while the overlap ends': new Set([200]),
    'the old one after it': new Set([401]),
    'the new one after it': new Set([200]),
  })
})

test('a server that is killed in the middle of rotations leaves each key a secret that works, two at most, and one window', async () => {
  const folder = emptyFolder()
  const create = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'k', '--json', '--data', folder]
  const made = JSON.parse((await keyward(create)).stdout)
  /** The secrets that each key's holder was told of, the oldest first. */
  const keys = [{ id: made.id, told: [made.key] as string[] }]
  let server = await serveProcess(['--data', folder])
  const ask = (line: string, key?: string, json?: unknown) =>
    call(`${server.url}/api/v1`, line, { key, json })
  for (let i = 0; i < 3; i++) {
    const { id, key } = (
      await ask('POST /auth/api-keys', made.key, { name: 'k', scopes: ['workflows:read'] })
    ).json.data
    keys.push({ id, told: [key] })
  }

  for (let kill = 0; kill < KILLS; kill++) {
    const killed = Promise.withResolvers<unknown>()
    let answersUntilKill = 2 + (kill % 5)
    const rotateOnAndOn = async ({ id, told }: (typeof keys)[number]) => {
      while (answersUntilKill > 0) {
        const json = { overlapSeconds: 3600 }
        const reply = await ask(`POST /auth/api-keys/${id}/rotate`, told.at(-1), json).catch(() => null)
        if (reply?.status !== 200) continue
        told.push(reply.json.data.key)
        // The others are under way: in bcrypt, in the transaction or on their way back.
        if (--answersUntilKill === 0) killed.resolve(server.stop('SIGKILL'))
      }
    }
    await Promise.all([...keys.map(rotateOnAndOn), killed.promise])

    server = await serveProcess(['--data', folder])
    for (const { told } of keys) {
      const replies = await Promise.all(told.slice(-4).map((key) => ask('GET /workflows', key)))
      expect(replies.at(-1)?.status).toBe(200)
      const good = replies.filter(({ status }) => status === 200)
      expect(good.length).toBeLessThanOrEqual(2)
      const remaining = good.map(({ headers }) => headers.get('x-ratelimit-remaining'))
      expect(new Set(remaining).size).toBe(good.length)
    }
  }
  await server.stop()

  const client = openClient(`${folder}/keyward.db`)
  const half = client
    .prepare(
      `select count(*) from api_keys where (previous_prefix is null) <> (previous_bcrypt_hash is null)
        or (previous_prefix is null) <> (previous_ends_at is null) or prefix = previous_prefix`,
    )
    .pluck()
  expect([half.get(), client.pragma('integrity_check', { simple: true })]).toEqual([0, 'ok'])
  client.close()
})
