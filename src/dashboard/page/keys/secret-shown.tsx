import { envNameOf } from '../../../keys/env-name.ts'
import type { Scope } from '../../../keys/scopes.ts'
import type { Api, Environment } from '../../../keys/token.ts'
import { Command } from '../parts/command.tsx'
import { server } from '../session.ts'

/** A key with its secret, which is nowhere but in the dialog that shows it. */
export type NewSecret = { key: string; api: Api; environment: Environment | null; scopes: readonly Scope[] }

/** The one time that a secret is shown, with what to do with it. */
export function SecretShown({ made, onDone }: { made: NewSecret; onDone: () => void }) {
  const curl = curlOf(made)
  return (
    <div class="secret">
      <p class="warning" role="status">
        Copy it now: it is not shown again, and Keyward does not keep it.
      </p>
      <Command text={made.key} />
      <h3>In .env</h3>
      <Command text={`${envNameOf(made.api, made.environment)}=${made.key}`} />
      {curl && (
        <>
          <h3>Try it</h3>
          <Command text={curl} />
        </>
      )}
      <button type="button" onClick={onDone}>
        I have stored it
      </button>
    </div>
  )
}

// --- internal ---

/** What a key may do first without knowing an id; the others need more than one line. */
const FIRST_CALLS: readonly (readonly [Scope, string])[] = [
  ['workflows:read', '/workflows'],
  ['runs:read', '/runs'],
  ['connections:read', '/connections'],
]

/** @returns a call that this key may make; null where each changes something. */
function curlOf({ key, api, scopes }: NewSecret): string | null {
  const base = server.value?.url ?? location.origin
  if (api === 'workfunder') return `curl -H "Authorization: Bearer ${key}" ${base}/v1/account`
  const path = FIRST_CALLS.find(([scope]) => scopes.includes(scope))?.[1]
  return path === undefined ? null : `curl -H "x-api-key: ${key}" ${base}/api/v1${path}`
}
