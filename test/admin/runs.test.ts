import { describe, expect, test } from 'bun:test'
import type { LooseStep } from '../helpers/workflow-app.ts'
import { workflowApp } from '../helpers/workflow-app.ts'

const ASK: LooseStep = { id: 'ask', type: 'approval', name: 'May we?', config: { title: 'Pay?' } }
const DONE: LooseStep = { id: 'sum', type: 'transform', config: { script: 'return { total: "forty-two" }' } }

async function suspended() {
  const keyward = await workflowApp()
  const { runId } = await keyward.run(await keyward.workflow([DONE, ASK]), { card: 'card of Ada' })
  return { ...keyward, id: runId as string }
}

describe('runs show', () => {
  test('tells of a run of any account what its steps did and what it waits for, and nothing of its data', async () => {
    const { app, id } = await suspended()
    const shown = await app.admin.runs.show({ id })
    expect(shown).toMatchObject({
      id,
      status: 'suspended',
      attempt: 1,
      workflowVersion: 1,
      approvals: [{ stepId: 'ask', title: 'Pay?' }],
      steps: [
        { id: 'sum', type: 'transform', status: 'completed', attempt: 1, error: null },
        { id: 'ask', name: 'May we?', type: 'approval', status: 'running', completedAt: null },
      ],
      moreSteps: 0,
    })
    expect(JSON.stringify(shown)).not.toMatch(/card of Ada|forty-two/)
  })

  test('shows the first 500 steps of a long loop, and how many more there are', async () => {
    const { app, workflow, run } = await workflowApp()
    const loop = { loopType: 'for', iterations: 600, maxIterations: 1000, steps: ['sum'] }
    const { runId: id, status } = await run(
      await workflow([{ id: 'each', type: 'loop', config: loop }, DONE]),
    )
    expect(status).toBe('completed')
    const { steps, moreSteps } = await app.admin.runs.show({ id })
    expect([steps.length, moreSteps]).toEqual([500, 101])
  })
})

describe('runs cancel', () => {
  test('ends a run that waits, also for the engine, and only once', async () => {
    const { app, id, api } = await suspended()
    expect(await app.admin.runs.cancel({ id })).toMatchObject({ id, status: 'cancelled', approvals: [] })
    expect((await api(`GET /runs/${id}`)).json.data).toMatchObject({
      status: 'cancelled',
      error: { code: 'CANCELLED', message: 'The operator cancelled the run' },
    })
    await expect(app.admin.runs.cancel({ id })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(app.admin.runs.decide({ id, approved: true })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('does nothing where it cannot be recorded', async () => {
    const { app, db, id } = await suspended()
    db.$client.exec(
      "create trigger no before insert on audit_entries begin select raise(abort, 'no row'); end",
    )
    await expect(app.admin.runs.cancel({ id })).rejects.toThrow('no row')
    db.$client.exec('drop trigger no')
    expect(await app.admin.runs.show({ id })).toMatchObject({ status: 'suspended', approvals: [{}] })
    await app.admin.runs.decide({ id, approved: true })
  })

  test.each(['show', 'cancel'] as const)('%s refuses a run that is not there', async (operation) => {
    const { app } = await workflowApp()
    for (const id of ['x', '']) {
      await expect(app.admin.runs[operation]({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })
})
