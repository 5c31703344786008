import type { OnDisk } from '../db/on-disk.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * The same endpoint, answered when all that is committed by then is on disk: what the request has stored, the half that
 * it stored before it was refused, and what it found that another one had just stored. One that only reads promises
 * nothing and waits for nothing.
 */
export function fromDisk<Key>(endpoint: Endpoint<Key>, onDisk: OnDisk): Endpoint<Key> {
  if (endpoint.method === 'GET' || endpoint.method === 'HEAD') return endpoint
  return {
    ...endpoint,
    async run(key, params, request, refuseEnded) {
      try {
        return await endpoint.run(key, params, request, refuseEnded)
      } finally {
        await onDisk()
      }
    },
  }
}
