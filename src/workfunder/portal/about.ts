import type { AboutApi } from '../../openapi/described-api.ts'
import { workfunderError } from '../api/reply-schemas.ts'

/** For the portal's document. */
export const aboutPortal: AboutApi = {
  document: 'portal',
  title: 'Worker portal',
  description: 'What a worker does with tasks. Called with `Authorization: Bearer` and the worker’s own key.',
  security: {
    name: 'WorkerKey',
    scheme: { type: 'http', scheme: 'bearer', description: 'A key `wfw_…`' },
  },
  error: workfunderError,
}
