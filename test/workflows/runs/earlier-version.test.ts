import { expect, test } from 'bun:test'
import { inEngineFile } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { type LooseStep, restarted, workflowApp } from '../../helpers/workflow-app.ts'

// Runs that a version before 29 November 2026 has begun, and that this one goes on with.

test('a loop that an earlier version began is decided as that did: its conditions see the time at which it began', async () => {
  const folder = emptyFolder()
  const first = await workflowApp({ folder })
  const passed = "now >= '2026-11-21T09:30:00.000Z'"
  const steps: LooseStep[] = [
    {
      id: 'each',
      type: 'loop',
      config: { collection: [1, 2, 3, 4], breakCondition: passed, steps: ['pause'] },
    },
    { id: 'pause', type: 'wait', config: { duration: 10, unit: 'minutes' } },
  ]
  const runId = await first.start(await first.workflow(steps))
  await first.untilWaiting(runId)
  inEngineFile(folder, (db) =>
    db.run(
      "update step_attempts set output = json_remove(output, '$.seesTime') where output like '%seesTime%'",
    ),
  )
  const app = await restarted(first, folder)
  for (let round = 0; round < 4; round += 1) await app.passWait(runId, 600_000)
  expect((await app.ended(runId)).output).toMatchObject({ count: 4 })
})

test('an approval that an earlier version asked for is decided, whatever it shows', async () => {
  const folder = emptyFolder()
  const first = await workflowApp({ folder })
  const ask = { id: 'ask', type: 'approval', config: { title: 'ok?', approvers: ['a'] } }
  const runId = await first.start(await first.workflow([ask]))
  await first.untilWaiting(runId)
  const asked = `json_set(output, '$.config.title', json('{"a":1}'), '$.config.approvers', json('{"b":1}'))`
  inEngineFile(folder, (db) =>
    expect(db.run(`update step_attempts set output = ${asked} where output like '%ok?%'`).changes).toBe(1),
  )
  const app = await restarted(first, folder)
  await app.api(`POST /runs/${runId}/approve`)
  expect(await app.ended(runId)).toMatchObject({ status: 'completed', output: { approved: true } })
})
