import { AppError, invalid } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { KeyRecord } from '../keys/store.ts'
import { isKeyForm, isPrefixForm } from '../keys/token.ts'

/** Finds the key that somebody means by what they hold of it. */
export type SelectKey = (selector: string) => Promise<KeyRecord>

/** How many keys are named where a beginning fits several. */
const CANDIDATES_MAX = 5

/**
 * A key is named by its id or a beginning that no other id has, by its first 20 characters as lists show them (with
 * their … or without), or by the whole key. A whole key must be right to its last character: who has mistyped one
 * must not revoke another.
 */
export function createKeySelector(keys: Keys): SelectKey {
  function byIdBeginning(beginning: string): KeyRecord {
    const found = keys.withIdBeginning(beginning, CANDIDATES_MAX + 1)
    const exact = found.find(({ id }) => id === beginning)
    const [only, another] = found
    if (exact) return exact
    if (!only) throw new AppError('NOT_FOUND', `no key has an id that begins with ${beginning}`)
    if (!another) return only
    const shown = found.slice(0, CANDIDATES_MAX).map(({ id, name }) => `${id} (${name})`)
    const more = found.length > CANDIDATES_MAX ? ', and more' : ''
    throw invalid('KEY', `${beginning} is ambiguous, it may be: ${shown.join(', ')}${more}`)
  }

  /** @throws NOT_FOUND; INVALID_INPUT where it names no key or several, without repeating what may be a secret */
  return async (selector) => {
    if (typeof selector !== 'string') throw invalid('KEY', EXPECTED)
    const text = selector.trim().replace(/…$/, '')
    if (isKeyForm(text)) {
      const identified = await keys.identify(text)
      if (identified) return identified.key
      throw new AppError('NOT_FOUND', 'the whole key that was given is not one of this server’s keys')
    }
    if (isPrefixForm(text)) {
      const key = keys.withPrefix(text)
      if (key) return key
      throw new AppError('NOT_FOUND', `no key begins with ${text}`)
    }
    if (!ID_BEGINNING.test(text)) throw invalid('KEY', EXPECTED)
    return byIdBeginning(text)
  }
}

// --- internal ---

/** Ids are UUIDs. No key looks like that, so it may be repeated in a message. */
const ID_BEGINNING = /^[0-9a-f-]{1,36}$/

const EXPECTED =
  'must be an id or its beginning, the first 20 characters of a key, or a whole key (better on stdin, as -)'
