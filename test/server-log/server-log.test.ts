import { expect, test } from 'bun:test'
import type { Category } from '../../src/admission.ts'
import type { AuditEntry } from '../../src/audit/entry.ts'
import type { Exchange } from '../../src/requests/exchange.ts'
import { createRecorder } from '../../src/requests/recorder.ts'
import { createServerLog } from '../../src/server-log/server-log.ts'
import { jsonToldDuring } from '../helpers/logged.ts'
import { manualClock } from '../helpers/manual-clock.ts'

const NO_CHANGES = { after: (): AuditEntry[] => [], list: (): AuditEntry[] => [] }

function exchangeOf(category: Category, durationMs: number): Exchange {
  const request = new Request('http://localhost/v1/tasks?signature=s3cReT', {
    headers: { 'X-Request-Id': 'abc-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
  })
  const begun = createRecorder({ clock: manualClock() }).begin(request, { ...KIND, category })
  return { ...begun, status: 201, durationMs }
}

const KIND = { api: 'workfunder', count: () => {} }

test('a slow request is told of with its id, and further ones are counted; one that may wait for a run is not slow', () => {
  const clock = manualClock()
  const log = createServerLog({ clock, audit: NO_CHANGES, tellsRequests: false })
  const lines = jsonToldDuring(() => {
    for (const ms of [999, 1000]) log.answered(exchangeOf('requests', ms))
    log.answered(exchangeOf('execute', 60_000))
    for (const ms of [1001, 2000, 3000.4567]) log.answered(exchangeOf('requests', ms))
    clock.advance(60_000)
    log.look()
  })
  expect(lines).toMatchObject([
    { event: 'request.slow', requestId: 'abc-1', path: '/v1/tasks', status: 201, durationMs: 1001, count: 1 },
    { event: 'request.slow', durationMs: 3000.457, count: 2 },
  ])
  expect(JSON.stringify(lines)).not.toContain('s3cReT')
  expect(lines[0]?.traceparent).toStartWith('00-aaaa')
})

test('changes that were there before the start are not told of', () => {
  const entry = (seq: number): AuditEntry => ({
    seq,
    at: '2026-11-28T09:00:00.000Z',
    actor: { kind: 'operator', name: 'ada', from: 'socket' },
    action: 'keys.revoke',
    subject: `key${seq}`,
    accountId: null,
    before: null,
    after: null,
    previousHash: '',
    hash: '',
  })
  const trail = [entry(1), entry(2)]
  const audit = {
    after: (seq: number) => trail.filter((one) => one.seq > seq),
    list: () => trail.slice(-1),
  }
  const log = createServerLog({ clock: manualClock(), audit, tellsRequests: false })
  const lines = jsonToldDuring(() => {
    log.look()
    trail.push(entry(3))
    log.look()
    log.close()
  })
  expect(lines.map(({ event, subject, actor }) => [event, subject, actor])).toEqual([
    ['change', 'key3', 'operator ada'],
  ])
})
