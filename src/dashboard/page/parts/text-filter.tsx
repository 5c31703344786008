import { filter, setFilters } from '../address.ts'
import { withoutSecrets } from './without-secrets.ts'

/** A text to filter by, which stands in the address by `name` once it is typed to its end (Enter, or leaving the field). */
export function TextFilter({ name, label }: { name: string; label: string }) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={filter(name) ?? ''}
      autocomplete="off"
      spellcheck={false}
      onChange={({ currentTarget: { value } }) => {
        setFilters({ [name]: withoutSecrets(value.trim()) })
      }}
    />
  )
}
