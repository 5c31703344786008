import { useState } from 'preact/hooks'
import { SCOPES, type Scope } from '../../../keys/scopes.ts'
import { SCOPE_WORDS } from './scope-words.ts'

/** What a Workflows key may do; each is a value of the form's `scopes`. */
export function ScopeBoxes() {
  const [chosen, setChosen] = useState<ReadonlySet<Scope>>(new Set(SCOPES))
  const change = (scope: Scope, isChosen: boolean) =>
    setChosen(new Set(SCOPES.filter((one) => (one === scope ? isChosen : chosen.has(one)))))
  return (
    <fieldset class="scopes">
      <legend>
        Scopes
        <button type="button" class="quiet" onClick={() => setChosen(new Set(SCOPES))}>
          All
        </button>
        <button type="button" class="quiet" onClick={() => setChosen(new Set())}>
          None
        </button>
      </legend>
      {SCOPES.map((scope) => (
        <label key={scope}>
          <input
            type="checkbox"
            name="scopes"
            value={scope}
            checked={chosen.has(scope)}
            onChange={({ currentTarget }) => change(scope, currentTarget.checked)}
          />
          <span>
            <code>{scope}</code> {SCOPE_WORDS[scope].does}
            <small>{SCOPE_WORDS[scope].opens}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
