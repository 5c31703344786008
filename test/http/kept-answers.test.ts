import { describe, expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAnswerChangeCount, writeAside } from '../../src/db/change-count.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createKeptAnswers } from '../../src/http/kept-answers.ts'
import { afterTest } from '../helpers/after-test.ts'
import { emptyFolder } from '../helpers/process.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { testApp } from '../helpers/test-app.ts'
import { testDatabase } from '../helpers/test-database.ts'

const FLOW = { name: 'Flow', trigger: { type: 'api' }, steps: [] }
const TASK = {
  title: 'Photograph the storefront',
  description: 'Three pictures',
  category: 'photography',
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
  budget_cents: 5000,
}

/** Answers with how often an answer was made, and so tells a kept one from one made anew. */
function counted(size = 0) {
  const db = testDatabase()
  afterTest(() => db.$client.close())
  db.$client.exec('create table notes (id integer primary key)')
  const answers = createKeptAnswers<string>({
    changes: createAnswerChangeCount(db),
    audienceOf: (key) => key,
  })
  let made = 0
  const make = () => {
    made += 1
    return { status: 200, body: { made, padding: 'x'.repeat(size) } }
  }
  return {
    db,
    client: db.$client,
    /** @returns how many answers have been made when this one is given. */
    ask(url: string, key = 'a'): number {
      answers.answer(key, url, make)
      return made
    },
    answers,
  }
}

describe('what was answered once', () => {
  test('is answered again without being made, until a row is written', () => {
    const { client, ask } = counted()
    expect([ask('/x'), ask('/x'), ask('/y'), ask('/x')]).toEqual([1, 1, 2, 2])
    client.exec('insert into notes values (1)')
    expect([ask('/x'), ask('/x')]).toEqual([3, 3])
    client.exec('update notes set id = 2')
    expect(ask('/x')).toBe(4)
    client.exec('delete from notes')
    expect(ask('/x')).toBe(5)
  })

  test('is answered again where only something was written aside, in part or in vain too', () => {
    const { db, client, ask } = counted()
    expect(ask('/x')).toBe(1)
    writeAside(db, () => client.exec('insert into notes values (1), (2)'))
    expect(ask('/x')).toBe(1)
    const inVain = () => {
      client.transaction(() => {
        client.exec('insert into notes values (3)')
        throw new Error('full')
      })()
    }
    expect(() => writeAside(db, inVain)).toThrow('full')
    expect(ask('/x')).toBe(1)
    client.exec('delete from notes where id = 1')
    writeAside(db, () => client.exec('delete from notes'))
    expect(ask('/x')).toBe(2)
  })

  test('is answered again when it was stored how often a key was used, and its windows, and the journal was looked at', async () => {
    const { app, db, clock, workflows, workflowsKey } = testApp({ folder: emptyFolder() })
    const key = await workflowsKey()
    const changes = createAnswerChangeCount(db)
    const stored = () =>
      ['key_usage', 'rate_window_chunks'].map((table) =>
        db.$client.prepare(`select count(*) from ${table}`).pluck().get(),
      )
    const before = [changes(), ...stored()]
    await workflows('GET /workflows', { key })
    for (let tick = 0; tick < 4; tick++) {
      clock.advance(1000)
      app.tick()
    }
    expect(before).toEqual([expect.any(Number), 0, 0])
    expect([changes(), ...stored()]).toEqual([before[0], 1, 1])
  })

  test('is never given to another audience', () => {
    const { ask } = counted()
    expect([ask('/x', 'a'), ask('/x', 'b'), ask('/x', 'a')]).toEqual([1, 2, 2])
  })

  test('is not kept of a transaction that may still be rolled back', () => {
    const { client, ask } = counted()
    expect(ask('/x')).toBe(1)
    client.exec('begin; insert into notes values (1)')
    expect([ask('/x'), ask('/x')]).toEqual([2, 3])
    client.exec('rollback')
    expect([ask('/x'), ask('/x')]).toEqual([4, 4])
  })

  test('is answered again in a transaction until that writes, and never what it has undone', () => {
    const { client, ask } = counted()
    expect(ask('/x')).toBe(1)
    client.exec('begin')
    expect([ask('/x'), ask('/x')]).toEqual([1, 1])
    client.exec('savepoint a; insert into notes values (1)')
    expect([ask('/x'), ask('/x')]).toEqual([2, 3])
    client.exec('rollback to a')
    expect([ask('/x'), ask('/x')]).toEqual([4, 5])
    client.exec('commit')
    expect([ask('/x'), ask('/x')]).toEqual([6, 6])
  })

  test('is not kept where making it wrote something', () => {
    const { client, answers } = counted()
    let made = 0
    const writing = () => {
      made += 1
      client.exec(`insert into notes values (${made})`)
      return { status: 200, body: made }
    }
    answers.answer('a', '/x', writing)
    answers.answer('a', '/x', writing)
    expect(made).toBe(2)
  })

  test('is kept no longer when what is kept would be more than four million characters', () => {
    const { ask } = counted(200_000)
    const first = Array.from({ length: 20 }, (_, at) => ask(`/${at}`))
    expect(ask('/0')).toBe(first.length)
    ask('/20')
    expect(ask('/0')).toBe(first.length + 2)
  })

  test('is not kept where it is large by itself', () => {
    const { ask } = counted(300_000)
    expect([ask('/x'), ask('/x')]).toEqual([1, 2])
  })
})

describe('over HTTP', () => {
  test('every change of a workflow shows in the very next answer, in the list and by itself', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    const names = async () => {
      const { json } = await workflows('GET /workflows', { key })
      return json.data.map((flow: { name: string; status: string }) => `${flow.name} ${flow.status}`)
    }
    expect(await names()).toEqual([])
    const { json } = await workflows('POST /workflows', { key, json: FLOW })
    const { id } = json.data
    const byId = async () => (await workflows(`GET /workflows/${id}`, { key })).json.data
    expect(await names()).toEqual(['Flow draft'])
    expect((await byId()).name).toBe('Flow')
    await workflows(`PUT /workflows/${id}`, { key, json: { name: 'Other' } })
    expect([await names(), (await byId()).name]).toEqual([['Other draft'], 'Other'])
    await workflows(`POST /workflows/${id}/activate`, { key })
    expect([await names(), (await byId()).status]).toEqual([['Other active'], 'active'])
    await workflows(`DELETE /workflows/${id}`, { key })
    expect([await names(), (await byId()).status]).toEqual([[], 'archived'])
  })

  test('is to the byte what it was when it was made, also for HEAD and for whoever looks at requests', async () => {
    const { app, url, workflows, workflowsKey } = testApp({ isDev: true })
    const key = await workflowsKey()
    await workflows('POST /workflows', { key, json: { ...FLOW, name: 'Ä€😀' } })
    const ask = async (method: string) => {
      const { status, headers, body } = await rawCall(
        url,
        `${method} /api/v1/workflows HTTP/1.1\r\nHost: a\r\nX-Request-Id: r\r\nX-Api-Key: ${key}`,
      )
      const [seen] = await app.requests.list({ limit: 1, bodies: true })
      headers.delete('x-ratelimit-remaining')
      headers.delete('ratelimit')
      return { status, headers: [...headers], body, seen: seen?.response?.body, bytes: seen?.bytes }
    }
    const made = await ask('GET')
    const again = await ask('GET')
    const { body: none, headers } = await ask('HEAD')
    const text = Buffer.from(made.body, 'latin1').toString()
    expect(text).toContain('Ä€😀')
    expect(made).toMatchObject({
      status: 200,
      bytes: made.body.length,
      seen: { text, bytes: made.body.length },
    })
    expect(again).toEqual(made)
    expect([none, headers]).toEqual(['', made.headers])
  })

  test('no account and no environment is told what another asked for at the same address', async () => {
    const { app, workfunder, workfunderKey } = testApp()
    const first = await app.admin.accounts.create({ name: 'first', tier: 'pro' })
    const second = await app.admin.accounts.create({ name: 'second', tier: 'pro' })
    const live = await workfunderKey('live', first.id)
    const { json: task } = await workfunder('POST /tasks', { bearer: live, json: TASK })
    const others = [await workfunderKey('test', first.id), await workfunderKey('live', second.id)]
    const own = async () => (await workfunder('GET /tasks', { bearer: live })).json.meta.total
    expect([await own(), await own()]).toEqual([1, 1])
    expect((await workfunder(`GET /tasks/${task.id}`, { bearer: live })).status).toBe(200)
    for (const bearer of others) {
      expect((await workfunder('GET /tasks', { bearer })).json.meta.total).toBe(0)
      expect((await workfunder(`GET /tasks/${task.id}`, { bearer })).status).toBe(404)
    }
  })

  test('the account shows each change of it, of its webhook and its balance at once, and a new month’s tasks when it begins', async () => {
    const { app, clock, workfunder, workfunderKey } = testApp()
    const { id } = await app.admin.accounts.create({ name: 'first', tier: 'pro' })
    const bearer = await workfunderKey('live', id)
    const shown = async () => {
      const { json } = await workfunder('GET /account', { bearer })
      return [json.tier, json.webhook_url, json.balance_cents, json.tasks_this_month]
    }
    expect([await shown(), await shown()]).toEqual(Array(2).fill(['pro', null, 0, 0]))
    await workfunder('POST /tasks', { bearer, json: TASK })
    expect([await shown(), await shown()]).toEqual(Array(2).fill(['pro', null, 0, 1]))
    await app.admin.accounts.credit({ id, cents: 500 })
    await app.admin.accounts.update({ id, tier: 'enterprise' })
    const url = 'http://127.0.0.1:9/hook'
    await workfunder('PUT /account/webhook', { bearer, json: { url } })
    expect(await shown()).toEqual(['enterprise', url, 500, 1])
    clock.advance(31 * 86_400_000)
    expect(await shown()).toEqual(['enterprise', url, 500, 0])
  })

  test('a key that may not read gets no answer that was kept for one that may', async () => {
    const { workflows, workflowsKey } = testApp()
    const [reader, other] = [await workflowsKey(['workflows:read']), await workflowsKey(['runs:read'])]
    expect((await workflows('GET /workflows', { key: reader })).status).toBe(200)
    expect((await workflows('GET /workflows', { key: other })).status).toBe(403)
  })

  test('what another program wrote shows once the server has looked for such writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyward-test-'))
    const { app, clock, workflows, workflowsKey } = testApp({ folder })
    const key = await workflowsKey()
    await workflows('POST /workflows', { key, json: FLOW })
    const name = async () => (await workflows('GET /workflows', { key })).json.data[0].name
    app.tick()
    expect(await name()).toBe('Flow')
    const stranger = openDatabase(join(folder, 'keyward.db'))
    stranger.$client.exec(`update workflows set name = 'By hand'`)
    // So that nothing that the server writes makes it forget.
    stranger.$client.exec('begin immediate')
    clock.advance(1000)
    app.tick()
    expect(await name()).toBe('By hand')
    stranger.$client.close()
  })
})
