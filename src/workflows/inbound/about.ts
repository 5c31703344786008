import type { AboutApi } from '../../openapi/described-api.ts'
import { workflowsError } from '../api/reply-schemas.ts'

/** For the document of the Workflows API, which webhooks start runs of. */
export const aboutInbound: AboutApi = {
  document: 'workflows',
  title: 'Webhooks in',
  description: 'Where providers send their events. No key: the sender’s signature is checked.',
  security: null,
  error: workflowsError,
}
