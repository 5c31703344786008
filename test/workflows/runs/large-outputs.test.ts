import { expect, test } from 'bun:test'
import { inEngineFile } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, restarted, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const DAY = 86_400_000
const SECRET = 'a "secret" of\\some length'

/** What a step of 1 MiB brings: long and short texts, with a secret among them. */
const LARGE = { text: `é${'x"\n'.repeat(400_000)}${SECRET}`, list: ['a', 1, null, { b: true }, SECRET] }
const SHOWN = { text: LARGE.text.replace(SECRET, '***'), list: [...LARGE.list.slice(0, 4), '***'] }

/** A run whose first step brings much and whose last one passes it on; the step between fails once. */
async function setUp(folder: string) {
  const app = await workflowApp({ folder })
  const { url, seen } = served(({ path }, count) =>
    path === '/large' ? Response.json(LARGE) : new Response('', { status: count === 2 ? 500 : 200 }),
  )
  const call = (id: string): LooseStep => ({
    id,
    type: 'api',
    config: { url: `${url}/${id}`, failOnError: true, headers: { 'X-Key': '{{secrets.KEY | length}}' } },
  })
  const id = await app.workflow([
    call('large'),
    call('small'),
    {
      id: 'end',
      type: 'transform',
      config: { mapping: { all: '{{steps.large.data}}', s: '{{steps.small.status}}' } },
    },
  ])
  await app.api(`POST /workflows/${id}/secrets`, { key: 'KEY', value: SECRET })
  return { app, id, seen }
}

function storedIn({ db }: WorkflowApp, runId: string) {
  return db.$client.prepare('select output, kept from runs where id = ?').get(runId)
}

function rowsIn(folder: string) {
  return inEngineFile(folder, (db) =>
    db
      .query('select (select count(*) from keyward_outputs), (select count(*) from keyward_carried)')
      .values(),
  )
}

test('a large output is shown whole, with its secrets masked, is no burden of keyward.db, and goes with its run', async () => {
  const folder = emptyFolder()
  const { app, id, seen } = await setUp(folder)
  const failed = await app.run(id)
  expect(failed.status).toBe('failed')
  const retried = await app.api(`POST /runs/${failed.id}/retry`)
  expect(retried.status).toBe(202)
  const done = await app.settled(failed.id)
  expect(done.output).toEqual({ all: SHOWN, s: 200 })
  expect(done.steps[0].output.data).toEqual(SHOWN)
  // What was done is taken over, and not done again.
  expect(seen.map(({ path }) => path)).toEqual(['/large', '/small', '/small'])
  expect(storedIn(app, failed.id)).toEqual({ output: null, kept: '[]' })
  expect(rowsIn(folder)).toEqual([[1, 2]])

  const next = await restarted(app, folder)
  expect(await next.settled(failed.id)).toEqual(done)
  next.clock.advance(31 * DAY)
  await until(() => {
    next.app.tick()
    return storedIn(next, failed.id) === undefined
  })
  expect(rowsIn(folder)).toEqual([[0, 0]])
})

test('a restart takes large results over, also those that its run had taken over, and a start that waits gives the large output', async () => {
  const folder = emptyFolder()
  const { app, id, seen } = await setUp(folder)
  const failed = await app.run(id)
  const again = async (runId: string, stepId: string) => {
    const reply = await app.api(`POST /runs/${runId}/restart`, { stepId })
    expect(reply.status).toBe(202)
    return app.settled(reply.json.data.runId)
  }
  const second = await again(failed.id, 'small')
  const third = await again(second.id, 'end')
  expect([second.output, third.output]).toEqual([
    { all: SHOWN, s: 200 },
    { all: SHOWN, s: 200 },
  ])
  expect(seen.map(({ path }) => path)).toEqual(['/large', '/small', '/small'])
  expect(storedIn(app, third.id)).toEqual({ output: null, kept: '[]' })
  const waited = await app.api(`POST /workflows/${id}/run`, { mode: 'sync' })
  expect(waited.json.data.output).toEqual({ all: SHOWN, s: 200 })
})

test('what an earlier version took over into keyward.db is taken over again by a retry and by a restart', async () => {
  const folder = emptyFolder()
  const { app, id, seen } = await setUp(folder)
  const failed = await app.run(id)
  const outputs = inEngineFile(folder, (db) =>
    db.query('select output from step_attempts order by rowid').values(),
  )
  // As a retry of the earlier version left it: the run is at its second attempt, which has begun nothing.
  app.db.$client
    .prepare('update runs set attempt = 2, engine_run_id = null, kept = ? where id = ?')
    .run(`[${outputs.flat().join(',')}]`, failed.id)
  const logs = (await app.api(`GET /runs/${failed.id}/logs`)).json.data
  expect(
    logs.map(({ stepId, status }: { stepId: string; status: string }) => [stepId, status]).slice(0, 2),
  ).toEqual([
    ['large', 'success'],
    ['small', 'error'],
  ])
  const restart = await app.api(`POST /runs/${failed.id}/restart`, { stepId: 'small' })
  expect((await app.settled(restart.json.data.runId)).output).toEqual({ all: SHOWN, s: 200 })
  await app.api(`POST /runs/${failed.id}/retry`)
  expect((await app.settled(failed.id)).output).toEqual({ all: SHOWN, s: 200 })
  expect(seen.map(({ path }) => path)).toEqual(['/large', '/small', '/small', '/small'])
})

test('what was taken over for a run that was never written is forgotten by the next server', async () => {
  const folder = emptyFolder()
  const { app, id } = await setUp(folder)
  const failed = await app.run(id)
  await app.api(`POST /runs/${failed.id}/retry`)
  await app.settled(failed.id)
  inEngineFile(folder, (db) =>
    db.run(
      "insert into keyward_carried select 'no-such-run/1', position, name, status, output from keyward_carried",
    ),
  )
  expect(rowsIn(folder)).toEqual([[1, 4]])
  await restarted(app, folder)
  expect(rowsIn(folder)).toEqual([[1, 2]])
})
