import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint, type Reply } from '../../http/endpoint.ts'
import { JsonText } from '../../http/json-response.ts'
import { jsonParts } from '../../lib/large-json.ts'
import { toPage } from '../page.ts'
import { startedWith } from '../runs/new-run.ts'
import type { Run } from '../runs/run.ts'
import type { Runs } from '../runs/runs.ts'
import { page } from './cursor.ts'
import { listOf, success } from './reply-schemas.ts'
import { detailsReply, endedReply, logReply, runReply, startedReply } from './run-reply-schemas.ts'
import { decisionBody, restartRunBody, runsQuery, startRunBody } from './run-schemas.ts'
import { detailsToWire, endedToWire, logToWire, runToWire, startedToWire } from './run-wire.ts'
import { list, ok } from './wire.ts'

/** How long a start with `"mode": "sync"` waits for the end of its run, in ms; less than the server's idle time. */
const SYNC_MAX_MS = 60_000

/** Starting, following, ending and deciding on runs. */
export function runEndpoints(runs: Runs): Endpoint[] {
  const execute = { scope: 'workflows:execute', category: 'execute' } as const
  const decision = (approved: boolean) =>
    endpoint({
      summary: approved ? 'Approve run' : 'Reject run',
      method: 'POST',
      path: `/runs/:id/${approved ? 'approve' : 'reject'}`,
      ...execute,
      body: decisionBody,
      bodyMayBeMissing: true,
      replies: { 200: success(runReply) },
      refuses: ['CONFLICT'],
      async handle({ key, params: { id = '' }, body }) {
        const { stepId, comment = null, approvedBy: by = `key ${key.id}` } = body
        return ok(runToWire(await runs.decide(key.account.id, id, stepId, { approved, by, comment })))
      },
    })

  return [
    endpoint({
      summary: 'Run workflow',
      method: 'POST',
      path: '/workflows/:id/run',
      ...execute,
      body: startRunBody,
      bodyMayBeMissing: true,
      replies: { 200: success(endedReply), 202: success(startedReply) },
      refuses: ['CONFLICT'],
      async handle({ key, params, body }) {
        const { input = {}, connectionId = null, idempotencyKey, maxExecutionTimeMs = null } = body
        const run = await runs.start({
          accountId: key.account.id,
          workflowId: params.id ?? '',
          ...startedWith(input),
          connectionId,
          maxExecutionTimeMs,
          // Schedules and events have keys of their own, which no client can take.
          idempotencyKey: idempotencyKey === undefined ? null : `api:${idempotencyKey}`,
        })
        return body.mode === 'sync' ? whenSettled(runs, run) : accepted(run)
      },
    }),
    endpoint({
      summary: 'List runs',
      method: 'GET',
      path: '/runs',
      repeatable: true,
      scope: 'runs:read',
      query: runsQuery,
      replies: { 200: listOf(runReply) },
      handle({ key, query }) {
        const { limit, after } = page(query)
        const { workflowId = null } = query
        const status = query.status === 'timeout' ? 'timed_out' : (query.status ?? null)
        const filter = { accountId: key.account.id, workflowId, status, after, limit: limit + 1 }
        return list(toPage(runs.list(filter), limit), runToWire)
      },
    }),
    endpoint({
      summary: 'Get run',
      method: 'GET',
      path: '/runs/:id',
      // What is not small or not over comes later, and is kept by nobody.
      repeatable: true,
      repeatableFor: () => runs.version()?.toString() ?? null,
      scope: 'runs:read',
      replies: { 200: success(detailsReply) },
      handle({ key, params }) {
        const details = runs.details(key.account.id, params.id ?? '')
        if (!(details instanceof Promise)) return ok(detailsToWire(details))
        return details.then((given) => okInParts(detailsToWire(given)))
      },
    }),
    endpoint({
      summary: 'Get run logs',
      method: 'GET',
      path: '/runs/:id/logs',
      scope: 'runs:read',
      replies: { 200: success(t.Array(logReply)) },
      handle: async ({ key, params }) =>
        okInParts((await runs.logs(key.account.id, params.id ?? '')).map(logToWire)),
    }),
    endpoint({
      summary: 'Cancel run',
      method: 'POST',
      path: '/runs/:id/cancel',
      ...execute,
      replies: { 200: success(runReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, params }) => ok(runToWire(await runs.cancel(key.account.id, params.id ?? ''))),
    }),
    endpoint({
      summary: 'Retry run',
      method: 'POST',
      path: '/runs/:id/retry',
      ...execute,
      replies: { 202: success(startedReply) },
      refuses: ['CONFLICT', 'INVALID_INPUT'],
      handle: async ({ key, params }) => accepted(await runs.retry(key.account.id, params.id ?? '')),
    }),
    endpoint({
      summary: 'Restart run',
      method: 'POST',
      path: '/runs/:id/restart',
      ...execute,
      body: restartRunBody,
      bodyMayBeMissing: true,
      replies: { 202: success(startedReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, params, body }) =>
        accepted(await runs.restart(key.account.id, params.id ?? '', { stepId: body.stepId ?? null })),
    }),
    decision(true),
    decision(false),
  ]
}

// --- internal ---

/** For what may be megabytes: a run with all that its steps left. */
async function okInParts(data: unknown): Promise<Reply> {
  return { status: 200, body: new JsonText(await jsonParts({ success: true, data })) }
}

function accepted(run: Run): Reply {
  return { status: 202, body: { success: true, data: startedToWire(run) } }
}

/** 200 with how the run ended; 202 where it waits for a person, or takes longer than an answer can wait. */
async function whenSettled(runs: Runs, run: Run): Promise<Reply> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, SYNC_MAX_MS)
  await Promise.race([runs.settled(run), late.promise])
  clearTimeout(timer)
  const now = await runs.get(run.accountId, run.id)
  return now.completedAt === null ? accepted(now) : okInParts(endedToWire(now))
}
