import type { Scope } from '../../../keys/scopes.ts'

/** In the vendor's words (workflows/README.md, "Keys and limits"); `opens` also what a scope opens by our choice. */
export const SCOPE_WORDS: Readonly<Record<Scope, { does: string; opens: string }>> = {
  'workflows:read': {
    does: 'Read workflow definitions',
    opens: 'GET /workflows, GET /workflows/:id; versions, names of secrets, mocks',
  },
  'workflows:write': {
    does: 'Create and modify workflows',
    opens: 'POST /workflows, PUT /workflows/:id; delete, activate, pause, canvas, secrets, mocks',
  },
  'workflows:execute': {
    does: 'Run workflows',
    opens: 'POST /workflows/:id/run; cancel, retry, restart, approve, reject',
  },
  'runs:read': { does: 'Read workflow run history', opens: 'GET /runs, GET /runs/:id and its logs' },
  'connections:read': { does: 'View connections', opens: 'GET /connections' },
  'connections:write': {
    does: 'Manage connections',
    opens: 'POST /connections, DELETE /connections/:id',
  },
}
