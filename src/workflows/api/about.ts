import type { AboutApi } from '../../openapi/described-api.ts'
import { workflowsError } from './reply-schemas.ts'

/** For the API's document. */
export const aboutWorkflows: AboutApi = {
  document: 'workflows',
  title: 'JustPaid Workflows',
  description:
    'Definitions of workflows, their runs and what these need. Called with an API key in `x-api-key`.',
  security: {
    name: 'WorkflowsKey',
    scheme: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key `wfk_…`' },
  },
  error: workflowsError,
}
