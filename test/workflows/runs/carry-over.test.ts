import { expect, test } from 'bun:test'
import { inEngineFile } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const DAY = 86_400_000
/** More than one slice of what is forgotten, which is 100 rows. */
const DONE = 120

/** A failed run: many calls that were answered, and one more that is not, until `isMended` says so. */
async function setUp() {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const calls: string[] = []
  const state = { isMended: false }
  const { url } = served(({ path }) => {
    calls.push(path)
    return new Response('', { status: path === '/last' && !state.isMended ? 500 : 200 })
  })
  const call = (id: string): LooseStep => ({
    id,
    type: 'api',
    config: { url: `${url}/${id}`, method: 'POST', failOnError: true },
  })
  const id = await app.workflow([...Array.from({ length: DONE }, (_, i) => call(`s${i}`)), call('last')])
  const run = await app.run(id)
  expect([run.status, calls.length]).toEqual(['failed', DONE + 1])
  calls.length = 0
  return { folder, app, run, calls, state }
}

const retry = ({ api }: WorkflowApp, runId: string) => api(`POST /runs/${runId}/retry`)
const restart = ({ api }: WorkflowApp, runId: string) =>
  api(`POST /runs/${runId}/restart`, { stepId: 'last' })

test('a retry that comes while a server starts keeps what it takes over', async () => {
  const { folder, app, run, calls, state } = await setUp()
  state.isMended = true
  await app.close()
  const next = await workflowApp({ folder, key: app.key, clock: app.clock })
  const [reply] = await Promise.all([retry(next, run.id), next.app.workflows.runs.resume()])
  expect(reply.status).toBe(202)
  expect((await next.settled(run.id)).status).toBe('completed')
  expect(calls).toEqual(['/last'])
})

test('a restart that comes while a server starts keeps what it takes over', async () => {
  const { folder, app, run, calls, state } = await setUp()
  state.isMended = true
  await app.close()
  const next = await workflowApp({ folder, key: app.key, clock: app.clock })
  const [reply] = await Promise.all([restart(next, run.id), next.app.workflows.runs.resume()])
  expect(reply.status).toBe(202)
  expect((await next.settled(reply.json.data.runId)).status).toBe('completed')
  expect(calls).toEqual(['/last'])
})

test('a retry that comes just before its run is to be forgotten is carried out whole, and the run stays', async () => {
  const { app, run, calls, state } = await setUp()
  state.isMended = true
  app.clock.advance(31 * DAY)
  const { runs } = app.app.workflows
  const retried = runs.retry(runs.ownerOf(run.id), run.id)
  expect(await runs.prune(app.clock.now())).toBe(0)
  await retried
  expect((await app.settled(run.id)).status).toBe('completed')
  expect(calls).toEqual(['/last'])
})

test('a retry that comes while its run is being forgotten is told that there is none', async () => {
  const { app, run, calls } = await setUp()
  app.clock.advance(31 * DAY)
  const pruned = app.app.workflows.runs.prune(app.clock.now())
  const reply = await retry(app, run.id)
  expect([reply.status, await pruned, calls]).toEqual([404, 1, []])
})

test('of retries at once one is carried out, and nothing is done twice', async () => {
  const { app, run, calls, state } = await setUp()
  state.isMended = true
  const replies = await Promise.all([1, 2, 3, 4].map(() => retry(app, run.id)))
  expect(replies.map(({ status }) => status).toSorted()).toEqual([202, 409, 409, 409])
  expect((await app.settled(run.id)).status).toBe('completed')
  expect(calls).toEqual(['/last'])
})

test('a run that is retried again and again has its results once in the engine’s file', async () => {
  const { folder, app, run, calls } = await setUp()
  for (let count = 1; count <= 5; count++) {
    expect((await retry(app, run.id)).status).toBe(202)
    await until(() => app.hasEnded(run.id))
  }
  expect(calls).toEqual(Array(5).fill('/last'))
  const rows = inEngineFile(folder, (db) =>
    db.query('select execution, count(*) from keyward_carried group by 1').values(),
  )
  expect(rows).toEqual([[`${run.id}/6`, DONE + 5]])
  expect((await app.settled(run.id)).steps).toHaveLength(DONE + 1)
})

test('a retry that the engine refused is carried out whole when it is asked for again', async () => {
  const { folder, app, run, calls, state } = await setUp()
  state.isMended = true
  inEngineFile(folder, (db) =>
    db.run("create trigger no before insert on workflow_runs begin select raise(abort, 'no'); end"),
  )
  const refused = await retry(app, run.id)
  inEngineFile(folder, (db) => db.run('drop trigger no'))
  const again = await retry(app, run.id)
  expect([refused.status, again.status]).toEqual([503, 202])
  expect((await app.settled(run.id)).status).toBe('completed')
  expect(calls).toEqual(['/last'])
})

test('a retry that was refused and could not be taken back goes on later from what was done', async () => {
  const { folder, app, run, calls, state } = await setUp()
  state.isMended = true
  app.db.$client.exec(`create trigger no_undo before update on runs when new.attempt < old.attempt
    begin select raise(abort, 'no'); end`)
  inEngineFile(folder, (db) =>
    db.run("create trigger no before insert on workflow_runs begin select raise(abort, 'no'); end"),
  )
  expect((await retry(app, run.id)).status).toBe(503)
  inEngineFile(folder, (db) => db.run('drop trigger no'))
  await until(() => {
    app.clock.advance(1000)
    app.app.tick()
    return app.hasEnded(run.id)
  })
  expect((await app.settled(run.id)).status).toBe('completed')
  expect(calls).toEqual(['/last'])
})
