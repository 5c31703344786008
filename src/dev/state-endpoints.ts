import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import { anyObject, count, instant, part, reply } from '../http/reply-schema.ts'
import type { StateOperations } from './states.ts'

/** All of the data at once: put back, kept and fetched again. */
export function stateEndpoints({ data, snapshots }: StateOperations): Endpoint<null>[] {
  return [
    endpoint({
      method: 'POST',
      path: '/reset',
      summary: 'Go back to the starting data',
      replies: { 200: reply('Reset', { reset: t.Literal(true) }) },
      refuses: ['CONFLICT'],
      handle: async () => ({ status: 200, body: await data.reset() }),
    }),
    endpoint({
      method: 'GET',
      path: '/export',
      summary: 'Export a seed',
      replies: { 200: exportReply },
      handle: async () => ({ status: 200, body: await data.export() }),
    }),
    endpoint({
      method: 'GET',
      path: '/snapshots',
      summary: 'List snapshots',
      replies: { 200: reply('Snapshots', { data: t.Array(part(snapshotFields)) }) },
      handle: async () => ({ status: 200, body: { data: await snapshots.list() } }),
    }),
    endpoint({
      method: 'PUT',
      path: '/snapshots/:name',
      summary: 'Save a snapshot',
      replies: { 200: reply('Snapshot', snapshotFields) },
      refuses: ['INVALID_INPUT', 'CONFLICT'],
      handle: async ({ params }) => ({ status: 200, body: await snapshots.save(named(params)) }),
    }),
    endpoint({
      method: 'POST',
      path: '/snapshots/:name',
      summary: 'Restore a snapshot',
      replies: { 200: reply('RestoredSnapshot', { name: t.String() }) },
      refuses: ['INVALID_INPUT', 'NOT_FOUND', 'CONFLICT'],
      handle: async ({ params }) => ({ status: 200, body: await snapshots.restore(named(params)) }),
    }),
    endpoint({
      method: 'DELETE',
      path: '/snapshots/:name',
      summary: 'Delete a snapshot',
      replies: { 200: reply('DeletedSnapshot', { name: t.String() }) },
      refuses: ['INVALID_INPUT', 'NOT_FOUND'],
      handle: async ({ params }) => ({ status: 200, body: await snapshots.delete(named(params)) }),
    }),
  ]
}

/** What replaces the data must not wait for itself to leave (gate.ts). */
export function isStateRequest({ url }: Request): boolean {
  return /^https?:\/\/[^/]*\/_dev\/(?:reset|snapshots)(?:[/?#]|$)/i.test(url)
}

// --- internal ---

/** Its own schema is that of `keyward dev seed-schema`. */
const exportReply = reply('Seed', { accounts: t.Array(anyObject), workers: t.Array(anyObject) })

const snapshotFields = { name: t.String(), savedAt: instant, bytes: count }

function named({ name = '' }: Readonly<Record<string, string>>): { name: string } {
  return { name }
}
