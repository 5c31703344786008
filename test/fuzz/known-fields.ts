import fc, { type Arbitrary } from 'fast-check'
import { TIMES_SQUARE } from '../helpers/portal-app.ts'
import { ACCOUNTS, CONNECTIONS, idAt, REQUESTS, RUNS, TASKS, WORKFLOWS } from './known-ids.ts'

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

/** What fields of these names mean, of which their schemas say only that they are texts or numbers. */
export const KNOWN_FIELDS: Readonly<Record<string, Arbitrary<unknown>>> = {
  url: fc.constantFrom(...URLS),
  workflowId: idAt(WORKFLOWS),
  connectionId: idAt(CONNECTIONS),
  runId: idAt(RUNS),
  accountId: idAt(ACCOUNTS),
  after: idAt(REQUESTS),
  by: fc.constantFrom('1s', '1h'),
  match: fc.constantFrom({}, { path: '/v1/**', method: 'POST' }, { api: 'portal' }),
  answer: fc.constantFrom({ status: 429, strict: true }, { drop: 'after' }, { latencyMs: 5, jitterMs: 5 }),
  path: fc.constantFrom('/v1/tasks', '/api/v1/**', '/orders', '*'),
  task_id: idAt(TASKS),
  then: fc.constantFrom(...STEP_IDS),
  else: fc.subarray(STEP_IDS),
  authToken: fc.constantFrom('', null),
  timeout: fc.constantFrom(1000, 1000, '24h'),
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
