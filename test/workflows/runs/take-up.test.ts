import { expect, test } from 'bun:test'
import { inEngineFile } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { until } from '../../helpers/until.ts'
import { restarted, workflowApp } from '../../helpers/workflow-app.ts'

const ECHO = { id: 'echo', type: 'transform', config: { mapping: { a: 1 } } }
/** More than what was left is read of at once (PLACES_PER_PAGE). */
const MORE_THAN_A_PAGE = 510

const ASK = { id: 'ask', type: 'approval', config: {} }

/** SQL of runs like this one, under other ids, from which on the engine's run is another's. */
const COPIES = `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < @count)
  insert into runs select 'copy' || n, account_id, workflow_id, workflow_version, @status, trigger_type, connection_id,
    error, null, request_hash, deadline_at, @engineRunId, attempt, restarted_from, restarted_at_step, created_at - n,
    started_at, null, trigger, input, null, kept from numbers, runs where id = @id`

test('a run that the engine had given up is ended by the next start, however many others have begun before it', async () => {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const runId = (await app.run(await app.workflow([ASK]))).id
  inEngineFile(folder, (db) => db.run("update workflow_runs set status = 'failed'"))
  const copies = { id: runId, count: MORE_THAN_A_PAGE, status: 'suspended', engineRunId: null }
  app.db.$client.prepare(COPIES).run(copies)
  const next = await restarted(app, folder)
  expect((await next.api(`GET /runs/${runId}`)).json.data).toMatchObject({
    status: 'failed',
    error: { code: 'INTERNAL_ERROR' },
  })
})

test('runs that were left pending are handed on by account, though one has most of them', async () => {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const { db } = app
  const runId = (await app.run(await app.workflow([ECHO]))).id
  db.$client.prepare(COPIES).run({ id: runId, count: MORE_THAN_A_PAGE, status: 'pending', engineRunId: null })
  const { id: other } = await app.app.admin.accounts.create({ name: 'other' })
  db.$client
    .prepare("update runs set account_id = ?, created_at = created_at + 5000 where id in ('copy1', 'copy2')")
    .run(other)
  inEngineFile(folder, (engine) => engine.run('delete from workflow_runs'))
  await restarted(app, folder)
  const handed = inEngineFile(folder, (engine) =>
    engine.query('select input from workflow_runs order by rowid limit 5').values(),
  )
  const ids = handed.map(([input]) => JSON.parse(String(input)).runId)
  expect(ids).toEqual(['copy510', 'copy2', 'copy509', 'copy1', 'copy508'])
})

test('a pending run that the engine refuses again and again stands in no other’s way', async () => {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const runId = (await app.run(await app.workflow([ECHO]))).id
  app.db.$client.prepare(COPIES).run({ id: runId, count: 3, status: 'pending', engineRunId: null })
  inEngineFile(folder, (engine) => {
    engine.run('delete from workflow_runs')
    engine.run(`create trigger no before insert on workflow_runs when new.idempotency_key = 'copy3/1'
      begin select raise(abort, 'no'); end`)
  })
  const next = await restarted(app, folder)
  const statuses = next.db.$client
    .prepare("select id, status from runs where id like 'copy%' order by id")
    .raw()
  const expected = [
    ['copy1', 'completed'],
    ['copy2', 'completed'],
    ['copy3', 'pending'],
  ]
  await until(() => {
    next.clock.advance(1000)
    next.app.tick()
    return Bun.deepEquals(statuses.all(), expected)
  })
  inEngineFile(folder, (engine) => engine.run('drop trigger no'))
  await until(() => {
    next.clock.advance(1000)
    next.app.tick()
    return Bun.deepEquals(statuses.all()[2], ['copy3', 'completed'])
  })
})
