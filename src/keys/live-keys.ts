import { createRowIndex } from '../lib/row-index.ts'
import { createHeldObjects } from './held-objects.ts'
import { createKeyRows, DIGEST_WORDS } from './key-rows.ts'
import { type KeyFacts, type LiveKey, liveKeyOf } from './live-key.ts'
import { PREFIX_LENGTH } from './token.ts'

/**
 * Live keys by what clients present, in memory, so that a known key costs no look-up in the database. No plaintext is held.
 * Bounded: the key that was added first leaves first.
 */
export type LiveKeys = {
  get(presented: string): LiveKey | undefined
  /**
   * What is known of one of a key's secrets by those who do not have the whole of it.
   * @returns undefined where it is not in memory, which says nothing of whether it is good.
   */
  known(secret: Pick<LiveKey, 'id' | 'prefix'>): KeyFacts | undefined
  add(presented: string, key: LiveKey): void
  /** Forgets one of a key's secrets. */
  remove(prefix: string): void
  clear(): void
}

/**
 * @param capacity how many keys are known. One takes some 90 bytes, a million 90 MB.
 * @param objectsMax how many of them are at hand as objects, of some 250 bytes; another is made anew for each request.
 */
export function createLiveKeys(capacity: number, objectsMax: number): LiveKeys {
  const rows = createKeyRows()
  const index = createRowIndex()
  const objects = createHeldObjects(rows, objectsMax)
  /** The row whose key is the oldest, once all have been taken. */
  let nextRow = 0

  /** Whether it is the row of what `digest` was made of. */
  const isAsked = (row: number) => rows.isOf(row, digest)

  function madeAnew(row: number, presented: string): LiveKey | undefined {
    const known = rows.read(row)
    if (known === undefined) return undefined
    const key = liveKeyOf(known, copiedPrefix(presented))
    objects.offer(row, key)
    return key
  }

  function forget(row: number, hash: number): void {
    index.remove(hash, row)
    objects.letGo(row)
    rows.free(row)
  }

  return {
    get(presented) {
      Bun.SHA256.hash(presented, digestBytes)
      const row = index.find(hashOfPrefix(presented), isAsked)
      return row < 0 ? undefined : (objects.of(row) ?? madeAnew(row, presented))
    },

    known({ id, prefix }) {
      const factsOf = (row: number) => objects.of(row) ?? rows.read(row)
      const row = index.find(hashOfPrefix(prefix), (row) => factsOf(row)?.id === id)
      return row < 0 ? undefined : factsOf(row)
    },

    add(presented, key) {
      if (!rows.fits(key)) return
      const row = nextRow
      nextRow = nextRow + 1 === capacity ? 0 : nextRow + 1
      if (!rows.isFree(row)) forget(row, rows.hashOf(row))
      Bun.SHA256.hash(presented, digestBytes)
      const hash = hashOfPrefix(presented)
      rows.write(row, digest, hash, key)
      index.add(hash, row)
      objects.offer(row, key)
    },

    remove(prefix) {
      const hash = hashOfPrefix(prefix)
      // Another key whose prefix has the same hash is forgotten too, and found in the database again.
      for (let row = index.find(hash, isAny); row >= 0; row = index.find(hash, isAny)) forget(row, hash)
    },

    clear() {
      objects.clear()
      rows.clear()
      index.clear()
      nextRow = 0
    },
  }
}

// --- internal ---

/** Where digests are made: what is asked for is compared before anything else is asked. */
const digestBytes = new Uint8Array(32)
const digest = new Int32Array(digestBytes.buffer, 0, DIGEST_WORDS)

const isAny = () => true

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
