import { describe, expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { stepProblems } from '../../../src/workflows/steps/step-problems.ts'
import { step } from '../../helpers/definition.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { until } from '../../helpers/until.ts'
import { workflowApp } from '../../helpers/workflow-app.ts'

/** A config that works for each kind of step, and every field of it that Keyward reads. */
const CONFIGS: [type: string, works: Json, fields: string[]][] = [
  [
    'api',
    { url: 'http://127.0.0.1:1/' },
    [
      ...['url', 'method', 'params', 'headers', 'body', 'responseFormat', 'csvDelimiter', 'timeout'],
      ...['retries', 'retryDelayMs', 'retryMaxDelayMs', 'retryNonIdempotent', 'maxResponseBytes'],
      'failOnError',
    ],
  ],
  [
    'condition',
    { conditions: { left: 'a', operator: 'eq', right: 'a' } },
    ['conditions', 'expression', 'condition', 'combineOperator'],
  ],
  [
    'transform',
    { sourceData: {}, mappingRules: [{ source: 'a', target: 'b' }] },
    ['sourceData', 'mappingRules', 'action', 'strict', 'mapping', 'code', 'script', 'input', 'language'],
  ],
  ['code', { code: '1' }, ['code', 'language', 'timeout', 'sandbox', 'input']],
  ['wait', { duration: 0 }, ['duration', 'unit']],
  [
    'loop',
    { collection: [1], steps: [] },
    [
      ...['loopType', 'collection', 'iterations', 'whileCondition', 'breakCondition', 'itemVariable'],
      ...['indexVariable', 'maxIterations', 'batchSize', 'steps'],
    ],
  ],
  [
    'parallel',
    {},
    ['strategy', 'waitForAll', 'concurrency', 'timeoutMs', 'forEachSource', 'forEachAs', 'branches'],
  ],
  [
    'approval',
    { timeout: '1s' },
    [
      ...['approvers', 'reason', 'title', 'description', 'timeout', 'timeoutMs', 'timeoutHours'],
      ...['timeoutAction', 'requireAll', 'context'],
    ],
  ],
  ['slack', {}, ['action', 'operation', 'channel']],
]

const ODD: unknown[] = [
  { toString: 1 },
  { valueOf: 1 },
  { toString: 1, valueOf: 1 },
  [{ toString: 1, valueOf: 1 }],
  [],
  {},
  null,
  Number.POSITIVE_INFINITY,
  -1,
  'x'.repeat(1_000_000),
]

const fields = CONFIGS.flatMap(([type, works, names]) => names.map((name) => ({ type, works, name })))

test.each(ODD.map((odd) => ({ odd })))(
  'a definition with an odd value in any field of a config is taken or refused, case %#',
  ({ odd }) => {
    for (const { type, works, name } of fields) {
      const one = step('s', type, { ...works, [name]: odd })
      for (const { field } of stepProblems([one])) expect(field).toStartWith('steps[0].config')
    }
  },
)

test('a step fails in words, and not as a defect, whatever a template makes of a field of its config', async () => {
  const app = await workflowApp()
  const steps = fields
    .map(({ type, works, name }) => ({
      ...step(`${type}-${name}`, type, { ...works, [name]: '{{input.odd}}' }),
      errorHandling: { strategy: 'continue' as const },
    }))
    .filter((one) => stepProblems([one]).length === 0)
  const runId = await app.start(await app.workflow(steps), { odd: { toString: 1, valueOf: 1 } })
  await until(() => {
    // The longest that a wait or an approval takes here.
    app.clock.advance(86_400_000)
    app.app.tick()
    return app.hasEnded(runId)
  })
  const { data } = (await app.api(`GET /runs/${runId}`)).json
  expect(data.steps).toHaveLength(steps.length)
  const defects = data.steps.filter(({ error }: Json) => (error as Json | null)?.code === 'INTERNAL_ERROR')
  expect(defects).toEqual([])
})

describe('a definition is refused by its field', () => {
  const definition = (more: string) => `{"name":"n","trigger":{"type":"api"},"steps":[],${more}}`
  const refused = (title: string, more: string, expected: string | RegExp) => ({
    title,
    request: 'POST /workflows',
    body: definition(more),
    status: 400,
    headers: { 'Content-Type': 'application/json' },
    expected: ['"VALIDATION_ERROR"', expected],
  })
  scenarios(async () => {
    const { url, key } = await workflowApp()
    return { base: `${url}/api/v1`, key }
  }, [
    refused(
      'whose $schema is an object',
      '"inputSchema":{"$schema":{"toString":1}}',
      /\$schema must be text/,
    ),
    refused('with a number that no number can hold', '"settings":{"a":[1e400]}', 'too large to be kept'),
  ])
})
