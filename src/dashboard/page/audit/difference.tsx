type Facts = Readonly<Record<string, unknown>> | null

/** What a change has changed: each field as it was, and as it is. */
export function Difference({ before, after }: { before: Facts; after: Facts }) {
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => wordsOf(before, name) !== null || wordsOf(after, name) !== null,
  )
  return (
    <ul class="difference">
      {names.map((name) => {
        const was = wordsOf(before, name)
        const is = wordsOf(after, name)
        return (
          <li key={name}>
            <span class="muted">{name}</span> {was !== null && was !== is && <del>{was}</del>}{' '}
            {is === null ? <span class="muted">is gone</span> : <ins>{is}</ins>}
          </li>
        )
      })}
    </ul>
  )
}

// --- internal ---

/** null: it was not there. */
function wordsOf(facts: Facts, name: string): string | null {
  const value = facts?.[name]
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
