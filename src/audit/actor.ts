/** Who makes a change, and by which door. */
export type Actor = {
  kind: 'operator' | 'key'
  /** The name of the operating system's user, or the id of the key. */
  name: string
  /** `socket`, `folder` or `dashboard` for an operator, else the address of the HTTP client. */
  from: string
}

/**
 * Somebody with access to the data folder. Nobody proves the name: who may open the folder or its socket is the owner
 * of the data, and could write anything into the database.
 * @param name as the other end of the socket says it, so whatever is no name is left out.
 */
export function operator(name: string, from: 'socket' | 'folder' | 'dashboard'): Actor {
  const plain = name.toWellFormed().replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
  return { kind: 'operator', name: [...plain].slice(0, NAME_CHARS_MAX).join('') || 'unknown', from }
}

/** @param address of the client, as limits count it: an IPv6 one by its /64. */
export function holderOf(key: { id: string }, address: string): Actor {
  return { kind: 'key', name: key.id, from: address }
}

// --- internal ---

/** More than any system's user names have. */
const NAME_CHARS_MAX = 64
