import { filter, setFilters } from '../address.ts'
import { withoutSecrets } from './without-secrets.ts'

const TYPED_MS = 150

let waiting: ReturnType<typeof setTimeout> | undefined

/** What a list is searched for; it stands in the address as `q`. */
export function Search({ label }: { label: string }) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={`${label} ( / )`}
      value={filter('q') ?? ''}
      onInput={({ currentTarget: { value } }) => {
        const q = withoutSecrets(value.trim())
        clearTimeout(waiting)
        waiting = setTimeout(() => setFilters({ q }), TYPED_MS)
      }}
    />
  )
}

/** One of some words, which stands in the address by `name`. */
export function Choice({ name, label, words }: { name: string; label: string; words: readonly string[] }) {
  return (
    <select
      aria-label={label}
      value={filter(name) ?? ''}
      onChange={({ currentTarget }) => setFilters({ [name]: currentTarget.value })}
    >
      <option value="">{label}: any</option>
      {words.map((word) => (
        <option key={word} value={word}>
          {word.replaceAll('_', ' ')}
        </option>
      ))}
    </select>
  )
}
