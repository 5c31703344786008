import { useState } from 'preact/hooks'
import type { CreateKeyInput } from '../../../admin/keys.ts'
import type { Api } from '../../../keys/token.ts'
import { filter } from '../address.ts'
import { admin } from '../operations.ts'
import { AccountField } from '../parts/account-field.tsx'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { ExpiryField, lifeIn } from './expiry-field.tsx'
import { ScopeBoxes } from './scope-boxes.tsx'
import { type NewSecret, SecretShown } from './secret-shown.tsx'

/** Makes a key, and shows its secret in the same place. */
export function CreateKey({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const [api, setApi] = useState<Api>(filter('api') === 'workfunder' ? 'workfunder' : 'workflows')
  const [made, setMade] = useState<(NewSecret & { name: string }) | null>(null)
  const act = useAct()
  if (made)
    return (
      <Dialog key="made" title={`Key “${made.name}”`} onClose={onClose}>
        <SecretShown made={made} onDone={onClose} />
      </Dialog>
    )

  async function create(form: FormData): Promise<void> {
    setMade(await admin.keys.create(inputOf(form, api)))
    onMade()
  }

  return (
    <Dialog title="Create a key" onClose={onClose}>
      <Form title="Create a key" does="Create key" act={act} onSubmit={create}>
        <div class="side-by-side">
          <label>
            Name
            <input name="name" required autofocus autocomplete="off" placeholder="Production API Key" />
          </label>
          <AccountField chosen={filter('account')} />
        </div>
        <div class="side-by-side">
          <label>
            API
            <select
              name="api"
              value={api}
              onChange={({ currentTarget }) =>
                setApi(currentTarget.value === 'workfunder' ? 'workfunder' : 'workflows')
              }
            >
              <option value="workflows">JustPaid Workflows</option>
              <option value="workfunder">WorkFunder</option>
            </select>
          </label>
          {api === 'workfunder' && <EnvironmentField />}
        </div>
        {api === 'workflows' && <ScopeBoxes />}
        <ExpiryField />
      </Form>
    </Dialog>
  )
}

// --- internal ---

function EnvironmentField() {
  return (
    <label>
      Environment
      <select name="environment" defaultValue={filter('environment') === 'live' ? 'live' : 'test'}>
        <option value="test">test: no real charges, simulated workers</option>
        <option value="live">live: real tasks, real money</option>
      </select>
    </label>
  )
}

function inputOf(form: FormData, api: Api): CreateKeyInput {
  const common = {
    name: textOf(form, 'name') ?? '',
    accountId: textOf(form, 'accountId'),
    ...lifeIn(form),
  }
  if (api === 'workflows') return { ...common, api, scopes: form.getAll('scopes').map(String) }
  return { ...common, api, environment: textOf(form, 'environment') === 'live' ? 'live' : 'test' }
}
