import type { Keys } from '../keys/keys.ts'

type Parts = {
  keys: Pick<Keys, 'find'>
  /** The same number as before says that nothing was written since. */
  changes: () => number
}

/** Tells keys' names, for whoever asks at each request. @returns by id; null: there is no such key */
export function createKeyNames({ keys, changes }: Parts): (id: string) => string | null {
  const known = new Map<string, string | null>()
  let knownAt = Number.NaN

  return (id) => {
    const now = changes()
    if (now !== knownAt) known.clear()
    knownAt = now
    const name = known.get(id)
    if (name !== undefined) return name
    const found = look(keys, id)
    known.set(id, found)
    return found
  }
}

// --- internal ---

/** null also where the database does not answer. */
function look(keys: Pick<Keys, 'find'>, id: string): string | null {
  try {
    return keys.find(id).name
  } catch {
    return null
  }
}
