import { SCOPES } from '../../../keys/scopes.ts'
import { SCOPE_WORDS } from '../keys/scope-words.ts'
import type { ShownKey } from './key-view.tsx'

/** What a Workflows key may do and what it may not. */
export function KeyScopes({ of: { scopes } }: { of: ShownKey }) {
  return (
    <section class="card" aria-label="Scopes">
      <h2>
        Scopes{' '}
        <span class="muted">
          {scopes.length} of {SCOPES.length}
        </span>
      </h2>
      <ul class="scope-list">
        {SCOPES.map((scope) => (
          <li key={scope} class={scopes.includes(scope) ? undefined : 'muted'}>
            <strong>{scopes.includes(scope) ? '✓' : '–'}</strong>
            <span>
              <code>{scope}</code> {SCOPE_WORDS[scope].does}
              {!scopes.includes(scope) && ' (not allowed)'}
              <small>{SCOPE_WORDS[scope].opens}</small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
