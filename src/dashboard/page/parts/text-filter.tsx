import { filter, setFilters } from '../address.ts'

/** What a whole key begins with; no more of one than lists show may stand in an address. */
const WHOLE_KEY = /\b((?:wfk|wfw|wf_live|wf_test)_\w+)/g
const SHOWN = 20

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
        setFilters({ [name]: value.trim().replaceAll(WHOLE_KEY, (key) => key.slice(0, SHOWN)) })
      }}
    />
  )
}
