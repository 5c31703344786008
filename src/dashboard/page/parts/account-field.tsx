import { useId } from 'preact/hooks'
import { admin } from '../operations.ts'
import { useLoaded } from './loaded.ts'
import { Problem } from './shown.tsx'

/** Accounts that a list offers; of more, one is named by its id. */
const OFFERED_MAX = 500

/** Of a form, as `accountId`. Where there is no account yet, the operation makes one. @param chosen the one it begins with */
export function AccountField({ chosen }: { chosen: string | undefined }) {
  const accounts = useLoaded(() => admin.accounts.list(), [])
  const list = accounts.value ?? []
  const id = useId()
  return (
    <div>
      <label htmlFor={id}>Account</label>
      {list.length > OFFERED_MAX ? (
        <input
          id={id}
          name="accountId"
          required
          defaultValue={chosen}
          placeholder="Its id"
          autocomplete="off"
        />
      ) : (
        <select id={id} name="accountId">
          {list.length === 0 && <option value="">a first one, “default”</option>}
          {list.map((account) => (
            <option key={account.id} value={account.id} selected={account.id === chosen}>
              {account.name}
            </option>
          ))}
        </select>
      )}
      <Problem of={accounts.refusal} />
    </div>
  )
}
