import type { AboutApi } from '../../openapi/described-api.ts'
import { workfunderError } from './reply-schemas.ts'

/** For the API's document. */
export const aboutWorkfunder: AboutApi = {
  document: 'workfunder',
  title: 'WorkFunder',
  description:
    'Tasks and bounties for workers. Called with `Authorization: Bearer`, with a live or a test key.',
  security: {
    name: 'WorkfunderKey',
    scheme: { type: 'http', scheme: 'bearer', description: 'A key `wf_live_…` or `wf_test_…`' },
  },
  error: workfunderError,
}
