import type { Api, Environment } from './token.ts'

/** The variable that a key stands in, as in dev.env. */
export function envNameOf(api: Api, environment: Environment | null): string {
  if (api === 'workflows') return 'WORKFLOWS_API_KEY'
  return environment === 'live' ? 'WORKFUNDER_LIVE_API_KEY' : 'WORKFUNDER_API_KEY'
}
