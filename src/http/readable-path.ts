import { AppError } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'

/** Refuses a path that cannot be decoded (%zz, %ff): it names nothing, and of such a part the router makes null. */
export function readablePath<Key>(endpoint: Endpoint<Key>): Endpoint<Key> {
  const names = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  if (names.length === 0) return endpoint
  return {
    ...endpoint,
    run(key, params, request, refuseEnded) {
      if (names.every((name) => typeof params[name] === 'string'))
        return endpoint.run(key, params, request, refuseEnded)
      throw new AppError('NOT_FOUND', 'Not found')
    },
  }
}
