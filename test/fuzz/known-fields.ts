import fc, { type Arbitrary } from 'fast-check'
import { TIMES_SQUARE } from '../helpers/portal-app.ts'
import { ACCOUNTS, CONNECTIONS, idAt, REQUESTS, RUNS, TASKS, WORKFLOWS } from './known-ids.ts'

type Fields = Readonly<Record<string, Arbitrary<unknown>>>

/** Hosts that no request leaves the machine for. */
const URLS = [
  'http://127.0.0.1:1/a',
  'https://localhost/hook',
  'http://[::1]:1/',
  'http://169.254.169.254/latest',
  'https://receiver.invalid/hook?a=1',
  'file:///etc/passwd',
]

const TIMES = [
  '2026-11-22T00:00:00Z',
  '2027-01-01T00:00:00+02:00',
  '2020-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
]

const STEP_IDS = ['a', 'b', 'c', 'ask']

const TEMPLATES = ['{{input.n}}', '{{steps.a.output}}', '{{secrets.TOKEN}}', '{{trigger.body.id}}', '{{']

/** What fields of these names mean wherever they are, of which their schemas say only that they are texts or numbers. */
const EVERYWHERE: Fields = {
  url: fc.constantFrom(...URLS),
  workflowId: idAt(WORKFLOWS),
  connectionId: idAt(CONNECTIONS),
  runId: idAt(RUNS),
  accountId: idAt(ACCOUNTS),
  task_id: idAt(TASKS),
  then: fc.constantFrom(...STEP_IDS),
  else: fc.subarray(STEP_IDS),
  stepId: fc.constantFrom(...STEP_IDS),
  id: fc.constantFrom(...STEP_IDS),
  source: fc.constantFrom(...STEP_IDS),
  target: fc.constantFrom(...STEP_IDS),
  scopes: fc.subarray(['workflows:read', 'workflows:write', 'runs:read', 'connections:read']),
  expiresAt: fc.constantFrom(...TIMES, null),
  expires_at: fc.constantFrom(...TIMES, null),
  created_after: fc.constantFrom(...TIMES),
  created_before: fc.constantFrom(...TIMES),
  deadline: fc.constantFrom(...TIMES, null),
  latitude: fc.constant(TIMES_SQUARE.latitude),
  longitude: fc.constant(TIMES_SQUARE.longitude),
  cron: fc.constantFrom('*/5 * * * *', '0 9 * * 1', '0 0 30 2 *', '@daily'),
  timezone: fc.constantFrom('Europe/Berlin', 'UTC', 'Mars/Phobos'),
  events: fc.subarray(['task.posted', 'task.completed', 'invoice.paid']),
  skills: fc.constantFrom('photography', 'delivery,notary'),
  code: fc.constantFrom('return input', 'return { n: 1 }', 'throw new Error("no")', '}{'),
  script: fc.constantFrom('return input', 'return [1, 2]', '}{'),
  expression: fc.constantFrom('input.n > 1', 'steps.a.output == "x"', '1 +'),
  left: fc.constantFrom(...TEMPLATES, 1),
  field: fc.constantFrom('input.n', 'steps.a.output'),
  collection: fc.constantFrom(...TEMPLATES, [1, 2], []),
  // What is tried again, or waits, does so on the host's time, which the fuzzing would spend.
  retries: fc.constantFrom(0, 0, 11),
  delayMs: fc.constantFrom(0, 1, -1),
  device_info: fc.constant('{"os":"x"}'),
}

const CONDITIONS = fc.constantFrom('input.n > 1', [{ field: 'input.n', operator: 'gt', value: 1 }], {
  operator: 'not',
  conditions: [{ left: '{{steps.a.output}}', operator: 'exists' }],
})

const NO_TOKEN = fc.constantFrom('', null)

/** The same in one component of a document, or in the bodies and queries of one surface of the server. */
const ONLY_IN: Readonly<Record<string, Fields>> = {
  '/_dev': {
    after: idAt(REQUESTS),
    key: idAt('/api/v1/auth/api-keys/{id}'),
    status: fc.constantFrom('200', '4xx'),
    latest: fc.constantFrom('1', 'true'),
    by: fc.constantFrom('1s', '1m', '1h'),
    match: fc.constantFrom({}, { path: '/v1/**', method: 'POST' }, { api: 'portal' }),
    answer: fc.constantFrom({ status: 429, strict: true }, { drop: 'after' }, { latencyMs: 5, jitterMs: 5 }),
    path: fc.constantFrom('/v1/tasks', '/api/v1/**', '*'),
  },
  '/portal': { type: fc.constant('photo') },
  Trigger: { authToken: NO_TOKEN, path: fc.constantFrom('orders', '/orders', 'other') },
  ApiRequestConfig: { timeout: fc.constantFrom(1000, '1000') },
  ApprovalConfig: { timeout: fc.constantFrom('24h', '{{input.n}}h') },
  CodeConfig: { timeout: fc.constantFrom(1000, '1000') },
  ConditionConfig: { conditions: CONDITIONS },
  LoopConfig: {
    // It follows from the fields that there are.
    loopType: fc.constant(undefined),
    whileCondition: CONDITIONS,
    breakCondition: CONDITIONS,
    steps: fc.subarray(STEP_IDS),
  },
  ParallelConfig: { branches: fc.subarray(STEP_IDS) },
}

export function knownField(name: string, scope: string): Arbitrary<unknown> | undefined {
  return ONLY_IN[scope]?.[name] ?? EVERYWHERE[name]
}

/**
 * Of which fields a component has those of one row, and none of the other rows, as its schema does not say. An empty row
 * is there for what has other fields.
 */
export const ALTERNATIVES: Readonly<Record<string, readonly string[][]>> = {
  '/_dev': [['by'], ['to']],
  Trigger: [['cron'], ['interval']],
  ConditionConfig: [['expression'], ['conditions']],
  LoopConfig: [['collection'], ['iterations'], ['whileCondition']],
  TransformConfig: [['code'], ['script'], ['mapping'], ['sourceData', 'mappingRules'], []],
}
