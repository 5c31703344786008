import { SCOPES } from '../../../keys/scopes.ts'
import { SCOPE_WORDS } from '../keys/scope-words.ts'
import { Card } from '../parts/card.tsx'
import type { ShownKey } from './key-view.tsx'

/** What a Workflows key may do and what it may not. */
export function KeyScopes({ of: { scopes } }: { of: ShownKey }) {
  return (
    <Card title={`Scopes: ${scopes.length} of ${SCOPES.length}`}>
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
    </Card>
  )
}
