import type { Account } from '../accounts/store.ts'
import { createKeyRows, DIGEST_WORDS } from './key-rows.ts'
import { type LiveKey, liveKeyOf } from './live-key.ts'
import { createRowIndex } from './row-index.ts'
import { PREFIX_LENGTH } from './token.ts'

/**
 * Live keys by what clients present, in memory, so that a known key costs no look-up in the database. No plaintext is held.
 * Bounded: the key that was added first leaves first.
 */
export type LiveKeys = {
  get(presented: string): LiveKey | undefined
  add(presented: string, key: LiveKey): void
  /** Forgets one of a key's secrets. */
  remove(prefix: string): void
  clear(): void
}

/**
 * @param capacity how many keys are known. One takes some 120 bytes, a million 120 MB.
 * @param objectsMax how many of them are at hand as objects, of some 250 bytes; another is made anew for each request.
 */
export function createLiveKeys(capacity: number, objectsMax: number): LiveKeys {
  const rows = createKeyRows()
  const index = createRowIndex()
  let accounts: (Account | undefined)[] = []
  let objects: (LiveKey | undefined)[] = []
  /** The row whose key is the oldest, once all have been taken. */
  let nextRow = 0
  /** Whose object was made first, as a ring. */
  let made: number[] = []
  let nextMade = 0

  function first(hash: number): number {
    return index.seek(hash, index.firstPlace(hash))
  }

  function placeOf(presented: string): number {
    Bun.SHA256.hash(presented, digestBytes)
    const hash = hashOfPrefix(presented)
    let place = first(hash)
    while (place >= 0 && !rows.isOf(index.rowAt(place), digest)) place = index.seek(hash, index.after(place))
    return place
  }

  function objectAt(row: number, presented: string): LiveKey | undefined {
    const account = accounts[row]
    if (account === undefined) return undefined
    const key = liveKeyOf(rows.read(row), copiedPrefix(presented), account)
    hold(row, key)
    return key
  }

  function hold(row: number, key: LiveKey): void {
    const longestHeld = made[nextMade]
    if (longestHeld !== undefined) objects[longestHeld] = undefined
    made[nextMade] = row
    nextMade = nextMade + 1 === objectsMax ? 0 : nextMade + 1
    objects[row] = key
  }

  function forget(row: number): void {
    rows.free(row)
    accounts[row] = undefined
    objects[row] = undefined
  }

  function forgetOldest(row: number): void {
    const hash = rows.hashOf(row)
    let place = first(hash)
    while (index.rowAt(place) !== row) place = index.seek(hash, index.after(place))
    index.removeAt(place)
    forget(row)
  }

  return {
    get(presented) {
      const place = placeOf(presented)
      if (place < 0) return undefined
      const row = index.rowAt(place)
      return objects[row] ?? objectAt(row, presented)
    },

    add(presented, key) {
      if (!rows.fits(key)) return
      const row = nextRow
      nextRow = nextRow + 1 === capacity ? 0 : nextRow + 1
      if (!rows.isFree(row)) forgetOldest(row)
      Bun.SHA256.hash(presented, digestBytes)
      const hash = hashOfPrefix(presented)
      rows.write(row, digest, hash, key)
      accounts[row] = key.account
      index.add(hash, row)
      hold(row, key)
    },

    remove(prefix) {
      const hash = hashOfPrefix(prefix)
      // Another key whose prefix has the same hash is forgotten too, and found in the database again.
      for (let place = first(hash); place >= 0; place = first(hash)) {
        forget(index.rowAt(place))
        index.removeAt(place)
      }
    },

    clear() {
      rows.clear()
      index.clear()
      accounts = []
      objects = []
      nextRow = 0
      made = []
      nextMade = 0
    },
  }
}

// --- internal ---

/** Where digests are made: what is asked for is compared before anything else is asked. */
const digestBytes = new Uint8Array(32)
const digest = new Uint32Array(digestBytes.buffer, 0, DIGEST_WORDS)

const prefixBytes = Buffer.alloc(PREFIX_LENGTH)

/** A copy: what is cut out of a text holds on to the whole of it, which is a secret. */
function copiedPrefix(presented: string): string {
  prefixBytes.write(presented, 'latin1')
  return prefixBytes.toString('latin1')
}

/** FNV-1a, which takes 25 ns. A key's prefix is known without the key, so all that is known by it can be found. */
function hashOfPrefix(presented: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < PREFIX_LENGTH; at++) hash = Math.imul(hash ^ presented.charCodeAt(at), 0x01000193)
  return hash
}
