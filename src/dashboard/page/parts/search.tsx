import { filter, setFilters } from '../address.ts'

const TYPED_MS = 150

/** A key that somebody pastes is looked for by its beginning, as lists show it: no address may hold a secret. */
const SECRET = /^(wfk_|wfw_|wf_live_|wf_test_)/
const SHOWN_LENGTH = 20

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
        const text = value.trim()
        const q = SECRET.test(text) ? text.slice(0, SHOWN_LENGTH) : text
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
