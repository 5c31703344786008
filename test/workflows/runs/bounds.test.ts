import { expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const MIB = 1024 * 1024
const GO_ON = { errorHandling: { strategy: 'continue', fallback: 'nothing' } }

/** A step whose resolved config and whose output each are of so many MiB, of an input `text` of half a MiB. */
const large = (id: string, mib: number, more: object = {}): LooseStep => ({
  id,
  type: 'transform',
  config: { mapping: { value: '{{input.text}}'.repeat(mib * 2) } },
  ...more,
})
const TEXT = { text: 'x'.repeat(MIB / 2), list: Array(6).fill(0) }

test.each<[string, LooseStep, LooseStep[]]>([
  [
    'a loop',
    { id: 'whole', type: 'loop', config: { collection: '{{input.list}}', steps: ['a'] } },
    [large('a', 2)],
  ],
  [
    'a parallel over a list',
    { id: 'whole', type: 'parallel', config: { forEachSource: '{{input.list}}', branches: ['a'] } },
    [large('a', 2)],
  ],
  [
    'a parallel',
    { id: 'whole', type: 'parallel', config: { branches: ['a', 'b'] } },
    [large('a', 6), large('b', 6)],
  ],
])(
  'the output of %s may be no larger than 10 MiB, and what is larger is its failure',
  async (_, step, parts) => {
    const { workflow, passWait, start, ended } = await workflowApp()
    const gone = await workflow([
      ...[{ ...step, ...GO_ON }, ...parts],
      { id: 'before', type: 'transform', config: { mapping: { v: ['{{steps.whole}}', '{{steps.a}}'] } } },
      { id: 'pause', type: 'wait', config: { duration: 1000 } },
      { id: 'after', type: 'transform', config: { mapping: { v: ['{{steps.whole}}', '{{steps.a}}'] } } },
      {
        id: 'end',
        type: 'transform',
        config: { mapping: { v: '{{steps.before.v}}', w: '{{steps.after.v}}' } },
      },
    ])
    const runId = await start(gone, TEXT)
    await passWait(runId, 1000)
    const seen = ['nothing', null]
    expect(await ended(runId)).toMatchObject({ status: 'completed', output: { v: seen, w: seen } })
  },
)

test('the steps of a run may leave no more than 50 MiB in all, over all its executions, and none is tried again for it', async () => {
  const { api, start, workflow, passWait, hasEnded } = await workflowApp()
  const { url, seen } = served(() => new Response('x'.repeat(4 * MIB)))
  const runId = await start(
    await workflow([
      ...[large('a', 9), large('b', 9)],
      { id: 'pause', type: 'wait', config: { duration: 1000 } },
      large('c', 4),
      { id: 'call', type: 'api', config: { url }, retryConfig: { maxAttempts: 3 } },
    ]),
    TEXT,
  )
  await passWait(runId, 1000)
  await until(() => hasEnded(runId))
  // The list, and not all that the steps have left.
  const [run] = (await api('GET /runs')).json.data
  const message = 'The steps of the run leave more than 50 MiB in all'
  expect(run).toMatchObject({
    id: runId,
    status: 'failed',
    error: { code: 'STEP_ERROR', message, step: 'call' },
  })
  expect(seen).toHaveLength(1)
})

test('the message of an error is of a bounded length, whatever the step was asked for', async () => {
  const { api, run, workflow } = await workflowApp()
  const action = 'é'.repeat(5000)
  const step = { id: 'act', type: 'slack', config: { action: '{{input.action}}' } }
  const { status, error } = await run(await workflow([step]), { action })
  expect([status, error.code]).toEqual(['failed', 'INTEGRATION_ERROR'])
  expect(error.message).toMatch(/^No mock for slack\.é+…$/)
  expect(error.message).toHaveLength(1001)
  const [listed] = (await api('GET /runs')).json.data
  expect(listed.error).toEqual(error)
})
