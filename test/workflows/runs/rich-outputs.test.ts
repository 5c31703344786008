import { describe, expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const list = (count: number, item: string) => `[${Array.from({ length: count }, () => item).join(',')}]`
const fields = (count: number) => `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',')}}`

const VALUES = 'must not hold more than 200000 values'
const NAMES = 'must not have more than 20000 different field names, or fields named by numbers'

async function answered(body: string, type = 'application/json'): Promise<LooseStep> {
  const { url } = served(() => new Response(body, { headers: { 'Content-Type': type } }))
  return { id: 'rich', type: 'api', config: { url }, retryConfig: { maxAttempts: 3, initialDelayMs: 1 } }
}
const script = (type: string, code: string): LooseStep => ({ id: 'rich', type, config: { code } })

describe('a step whose output is dear to read fails, and is not tried again:', () => {
  test.each<[string, () => LooseStep | Promise<LooseStep>, string]>([
    ['a list of too many values', () => answered(list(200_001, '0')), VALUES],
    ['too many objects', () => answered(list(150_000, '{"a":1}')), VALUES],
    ['too many names', () => answered(fields(30_000)), NAMES],
    ['too many rows of CSV', () => answered(`a,b\n${'1,2\n'.repeat(60_000)}`, 'text/csv'), VALUES],
    ['a script’s list', () => script('code', 'return Array(300000).fill(1)'), VALUES],
    [
      'a script’s names',
      () => script('code', 'const o = {}; for (let n = 0; n < 40000; n++) o["k" + n] = 1; return o'),
      NAMES,
    ],
    ['a transform’s list', () => script('transform', 'return Array(300000).fill(1)'), VALUES],
  ])('%s', async (_, step, problem) => {
    const { run, workflow } = await workflowApp()
    const ended = await run(await workflow([await step()]))
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR' } })
    expect(ended.error.message).toEndWith(problem)
    expect(ended.steps[0]).toMatchObject({ attempt: 1, output: null })
  })
})

test('an output as rich as one may be passes through the steps, the run and what shows it, unchanged', async () => {
  const { run, workflow, api } = await workflowApp()
  const rows = Array.from({ length: 30_000 }, (_, id) => ({
    id,
    name: `customer ${id}`,
    open: true,
    city: 'NY',
  }))
  const step = await answered(JSON.stringify(rows))
  const end = { id: 'end', type: 'transform', config: { mapping: { all: '{{steps.rich.data}}' } } }
  const ended = await run(await workflow([step, end]))
  expect(ended).toMatchObject({ status: 'completed', output: { all: rows } })
  expect(ended.steps[0].output.data).toEqual(rows)
  const { json } = await api(`GET /runs/${ended.id}/logs`)
  expect(json.data[1].output).toEqual({ all: rows })
})

test('a loop whose results together are too rich fails as a whole', async () => {
  const { run, workflow } = await workflowApp()
  const input = { list: Array.from({ length: 9 }, () => 1) }
  const loop = { id: 'loop', type: 'loop', config: { collection: '{{input.list}}', steps: ['rich'] } }
  const ended = await run(await workflow([loop, script('code', 'return Array(30000).fill(1)')]), input)
  expect(ended.error.message).toBe(`The step's output ${VALUES}`)
})
