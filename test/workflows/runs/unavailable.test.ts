import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inEngineFile } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, restarted, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const ECHO: LooseStep = { id: 'echo', type: 'transform', config: { mapping: { got: '{{input}}' } } }
const FAIL: LooseStep = { id: 'fail', type: 'slack', config: {} }
const MINUTE = 60_000
const REFUSED = {
  success: false,
  error: {
    code: 'SERVICE_UNAVAILABLE',
    message: 'No run can be started at the moment. Please try again later.',
  },
}

const statuses = ({ db }: WorkflowApp) =>
  db.$client.prepare('select status from runs order by rowid').pluck().all()
const ready = async ({ url }: WorkflowApp) => (await fetch(`${url}/readyz`)).status

/** A Keyward whose engine refuses new runs until it is told not to. */
async function refusing(steps = [ECHO], more: object = {}) {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const id = await app.workflow(steps, more)
  const warm = await app.run(await app.workflow([FAIL]))
  inEngineFile(folder, (db) =>
    db.run(`create trigger no before insert on workflow_runs begin select raise(abort, 'not now'); end`),
  )
  const relent = () => inEngineFile(folder, (db) => db.run('drop trigger no'))
  return { ...app, folder, id, warm, relent }
}

describe('a run that the engine does not take on', () => {
  test('is refused as a whole: nothing is left of it that would run later', async () => {
    const app = await refusing()
    const { status, json, headers } = await app.api(`POST /workflows/${app.id}/run`, {})
    expect([status, json, headers.get('Retry-After')]).toEqual([503, REFUSED, '1'])
    expect(statuses(app)).toEqual(['failed'])
    app.relent()
    expect(await app.run(app.id)).toMatchObject({ status: 'completed' })
    expect(statuses(app)).toEqual(['failed', 'completed'])
  })

  test('gives its idempotency key back, also where two ask for it at once', async () => {
    const app = await refusing()
    const start = () => app.api(`POST /workflows/${app.id}/run`, { idempotencyKey: 'k', mode: 'sync' })
    expect((await Promise.all([start(), start()])).map(({ status }) => status)).toEqual([503, 503])
    app.relent()
    const replies = await Promise.all([start(), start()])
    expect(replies.map(({ json }) => json.data.status)).toEqual(['completed', 'completed'])
    expect(statuses(app)).toEqual(['failed', 'completed'])
  })

  test('is as it was, where it was retried', async () => {
    const app = await refusing()
    const { id } = app.warm
    const before = (await app.api(`GET /runs/${id}`)).text
    expect(await app.api(`POST /runs/${id}/retry`)).toMatchObject({ status: 503, json: REFUSED })
    expect((await app.api(`GET /runs/${id}`)).text).toBe(before)
    app.relent()
    expect(await app.api(`POST /runs/${id}/retry`)).toMatchObject({ status: 202 })
    expect(await app.settled(id)).toMatchObject({ status: 'failed', attempt: 2 })
  })

  test('is refused at once, new or retried or restarted, while the file of the runs is not in its place', async () => {
    const folder = emptyFolder()
    const app = await workflowApp({ folder })
    const id = await app.workflow([ECHO])
    const failed = await app.run(await app.workflow([FAIL]))
    const [file, away] = [join(folder, 'runs.db'), join(folder, 'moved.db')]
    const asked = [`/workflows/${id}/run`, `/runs/${failed.id}/restart`, `/runs/${failed.id}/retry`]
    renameSync(file, away)
    for (const path of asked) {
      expect(await app.api(`POST ${path}`)).toMatchObject({ status: 503, json: REFUSED })
    }
    expect(statuses(app)).toEqual(['failed'])
    renameSync(away, file)
    for (const path of asked) expect((await app.api(`POST ${path}`)).status).toBe(202)
  })

  test('leaves no new run behind, where one was restarted', async () => {
    const app = await refusing()
    expect(await app.api(`POST /runs/${app.warm.id}/restart`)).toMatchObject({ status: 503, json: REFUSED })
    expect(statuses(app)).toEqual(['failed'])
  })

  test('stays due, where a schedule asked for it', async () => {
    const app = await refusing([ECHO], { trigger: { type: 'schedule', cron: '*/5 * * * *' } })
    const turns = async (count: number) => {
      for (let i = 0; i < count; i++) {
        app.clock.advance(1000)
        app.app.tick()
        await app.api('GET /workflows')
      }
    }
    app.clock.advance(5 * MINUTE)
    await turns(5)
    // While it is being refused, it is there.
    await until(() => !statuses(app).includes('pending'))
    expect(statuses(app)).toEqual(['failed'])
    app.relent()
    await until(() => {
      app.clock.advance(1000)
      app.app.tick()
      return statuses(app).includes('completed')
    })
    app.clock.advance(5 * MINUTE)
    await until(() => {
      app.app.tick()
      return statuses(app).filter((status) => status === 'completed').length === 2
    })
  })

  test('is sent again, where a webhook asked for it', async () => {
    const app = await refusing([ECHO], {
      trigger: { type: 'webhook', provider: 'custom', path: '/orders', events: ['*'] },
    })
    const accountId = app.db.$client.prepare('select id from accounts').pluck().get()
    const send = () =>
      fetch(`${app.url}/webhooks/custom/${accountId}/orders`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Event-Id': 'e-1' },
        body: '{"order":1}',
      })
    expect((await send()).status).toBe(503)
    app.relent()
    expect(await (await send()).json()).toMatchObject({ workflowsTriggered: 1 })
  })
})

describe('a run that was left pending when a process died before the engine had it', () => {
  /** A Keyward, and a run in it that only its own database knows of. */
  async function leftPending() {
    const folder = emptyFolder()
    const app = await workflowApp({ folder })
    const id = await app.workflow([ECHO])
    const body = { idempotencyKey: 'k', input: { n: 1 } }
    const { json } = await app.api(`POST /workflows/${id}/run`, body)
    const { runId } = json.data
    await app.settled(runId)
    const unbegun = `update runs set status = 'pending', output = null, completed_at = null, started_at = null,
      engine_run_id = null where id = ?`
    app.db.$client.prepare(unbegun).run(runId)
    inEngineFile(folder, (db) => db.run('delete from workflow_runs'))
    return { ...app, folder, id, runId, again: () => app.api(`POST /workflows/${id}/run`, body) }
  }

  test('runs when it is asked for again under its key', async () => {
    const { again, settled, runId } = await leftPending()
    expect((await again()).json.data.runId).toBe(runId)
    expect(await settled(runId)).toMatchObject({ status: 'completed', output: { got: { n: 1 } } })
  })

  test('is not taken back, where the engine refuses it then', async () => {
    const { again, settled, runId, folder } = await leftPending()
    inEngineFile(folder, (db) =>
      db.run(`create trigger no before insert on workflow_runs begin select raise(abort, 'no'); end`),
    )
    expect((await again()).status).toBe(503)
    inEngineFile(folder, (db) => db.run('drop trigger no'))
    expect((await again()).json.data.runId).toBe(runId)
    expect(await settled(runId)).toMatchObject({ status: 'completed' })
  })

  test('runs when the next server has started, also where the engine refuses it at first', async () => {
    const app = await leftPending()
    inEngineFile(app.folder, (db) =>
      db.run(`create trigger no before insert on workflow_runs begin select raise(abort, 'no'); end`),
    )
    const next = await restarted(app, app.folder)
    expect(statuses(next)).toEqual(['pending'])
    inEngineFile(app.folder, (db) => db.run('drop trigger no'))
    await until(() => {
      next.clock.advance(1000)
      next.app.tick()
      return statuses(next)[0] === 'completed'
    })
  })
})

describe('a file of the engine that is damaged', () => {
  /** A Keyward that was ended, and whose engine's file is no database any more. */
  async function damaged() {
    const folder = emptyFolder()
    const file = join(folder, 'runs.db')
    const first = await workflowApp({ folder })
    const id = await first.workflow([ECHO])
    await first.run(id)
    await first.close()
    copyFileSync(file, `${file}.whole`)
    writeFileSync(file, 'x'.repeat(100_000))
    for (const beside of ['-wal', '-shm']) if (existsSync(file + beside)) writeFileSync(file + beside, '')
    const { key, clock } = first
    return { app: await workflowApp({ folder, key, clock }), id, file }
  }

  test('is told by /readyz as soon as a server has started, and starts are refused', async () => {
    const { app, id } = await damaged()
    await app.app.workflows.runs.resume()
    expect(await ready(app)).toBe(503)
    expect((await app.api(`POST /workflows/${id}/run`, {})).json).toEqual(REFUSED)
    expect(await ready(app)).toBe(503)
    expect(statuses(app)).toEqual(['completed'])
  })

  test('is 503 for whoever reads what a run of it did, while runs are listed as before', async () => {
    const { app, id } = await damaged()
    const { data } = (await app.api('GET /runs')).json
    expect(data).toMatchObject([{ workflowId: id, status: 'completed' }])
    const runId = data[0].id
    for (const request of [`GET /runs/${runId}`, `GET /runs/${runId}/logs`, `POST /runs/${runId}/restart`]) {
      const { status, json, headers } = await app.api(request)
      expect({ request, status, code: json.error?.code, after: headers.get('Retry-After') }).toEqual({
        request,
        status: 503,
        code: 'SERVICE_UNAVAILABLE',
        after: '1',
      })
    }
  })

  test('is whole again when a good one was put in its place, and nothing runs that was refused', async () => {
    const { app, id, file } = await damaged()
    await app.api(`POST /workflows/${id}/run`, {})
    expect(await ready(app)).toBe(503)
    copyFileSync(`${file}.whole`, file)
    expect(await app.run(id)).toMatchObject({ status: 'completed' })
    expect([await ready(app), statuses(app)]).toEqual([200, ['completed', 'completed']])
  })
})

test('/readyz fails while another program has locked the engine’s file, and passes afterwards', async () => {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const id = await app.workflow([ECHO])
  await app.run(id)
  expect(await ready(app)).toBe(200)
  const other = new Database(join(folder, 'runs.db'))
  other.run('pragma busy_timeout = 5000')
  other.run('begin immediate')
  expect((await app.api(`POST /workflows/${id}/run`, {})).status).toBe(503)
  expect(await ready(app)).toBe(503)
  other.run('rollback')
  other.close()
  while ((await ready(app)) !== 200) {
    app.clock.advance(1000)
    app.app.tick()
  }
  expect(await app.run(id)).toMatchObject({ status: 'completed' })
})
