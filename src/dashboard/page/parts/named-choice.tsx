import { filter, setFilters } from '../address.ts'

type Props = {
  /** Under which the id stands in the address. */
  name: string
  label: string
  of: readonly { id: string; name: string }[] | undefined
}

/** One of some things that have an id. What the address names is shown also where it is not among them. */
export function NamedChoice({ name, label, of = [] }: Props) {
  const chosen = filter(name)
  const isThere = chosen === undefined || of.some(({ id }) => id === chosen)
  return (
    <select
      aria-label={label}
      value={chosen ?? ''}
      onChange={({ currentTarget }) => setFilters({ [name]: currentTarget.value, after: undefined })}
    >
      <option value="">{label}: any</option>
      {!isThere && <option value={chosen}>{chosen}</option>}
      {of.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name}
        </option>
      ))}
    </select>
  )
}
