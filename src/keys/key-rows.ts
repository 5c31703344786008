import type { KeyFacts, LiveKey } from './live-key.ts'
import type { Environment } from './token.ts'

/**
 * 128 bits of the SHA-256 of a whole key: to find another text with those of one among a million keys takes 2^108 tries.
 */
export const DIGEST_WORDS = 4

/** Live keys in rows of 80 bytes, in blocks that are made when they are needed: as objects they would be 400 each. */
export type KeyRows = {
  /** @returns whether a key can be held: its id is a short text of ASCII, as those are that we make. */
  fits(key: KeyFacts): boolean
  write(row: number, digest: Uint32Array, hash: number, key: KeyFacts): void
  read(row: number): KeyFacts
  /** @returns whether the row is that of the key with this digest. */
  isOf(row: number, digest: Uint32Array): boolean
  /** What the row is found by. */
  hashOf(row: number): number
  isFree(row: number): boolean
  free(row: number): void
  clear(): void
}

/** 256 rows, 20 kB: who has few keys, and whoever forgets them all, makes one. */
const BLOCK_BITS = 8
const BLOCK_ROWS = 1 << BLOCK_BITS

/** The words of a row: the digest, the hash, the key's number, and what is left in bits. */
const HASH = DIGEST_WORDS
const SEQ = DIGEST_WORDS + 1
const BITS = DIGEST_WORDS + 2
const WORDS = DIGEST_WORDS + 3

/** The length of a UUID. */
const ID_LENGTH_MAX = 36

/** The bits: the id's length, 0 where the row is free; the key's kind; its scopes. */
const ID_LENGTH_MASK = 63
const KIND_SHIFT = 6
const KIND_MASK = 3
const SCOPES_SHIFT = 8

/** The kinds of keys, in the order of their numbers. */
const KINDS = [
  { api: 'workflows', environment: null },
  { api: 'workfunder', environment: 'live' },
  { api: 'workfunder', environment: 'test' },
] as const satisfies { api: LiveKey['api']; environment: Environment | null }[]

export function createKeyRows(): KeyRows {
  let blocks: Block[] = []

  function blockOf(row: number): Block {
    const number = row >>> BLOCK_BITS
    const block = blocks[number] ?? createBlock()
    blocks[number] = block
    return block
  }

  return {
    fits: ({ id, seq, api, environment }) =>
      ID_FORM.test(id) && seq >>> 0 === seq && kindOf(api, environment) >= 0,

    write(row, digest, hash, { id, seq, api, environment, scopes, expiresAt, endsAt }) {
      const { words, times, ids } = blockOf(row)
      const at = row & (BLOCK_ROWS - 1)
      const start = startOf(row)
      words.set(digest, start)
      words[start + HASH] = hash
      words[start + SEQ] = seq
      words[start + BITS] = (scopes << SCOPES_SHIFT) | (kindOf(api, environment) << KIND_SHIFT) | id.length
      times[at * 2] = expiresAt
      times[at * 2 + 1] = endsAt
      ids.write(id, at * ID_LENGTH_MAX, 'latin1')
    },

    read(row) {
      const { words, times, ids } = blockOf(row)
      const at = row & (BLOCK_ROWS - 1)
      const start = startOf(row)
      const bits = words[start + BITS] ?? 0
      const idAt = at * ID_LENGTH_MAX
      const { api, environment } = KINDS[(bits >>> KIND_SHIFT) & KIND_MASK] ?? KINDS[0]
      return {
        id: ids.toString('latin1', idAt, idAt + (bits & ID_LENGTH_MASK)),
        seq: words[start + SEQ] ?? 0,
        api,
        environment,
        scopes: bits >>> SCOPES_SHIFT,
        expiresAt: times[at * 2] ?? 0,
        endsAt: times[at * 2 + 1] ?? 0,
      }
    },

    isOf(row, digest) {
      const { words } = blockOf(row)
      const start = startOf(row)
      for (let word = 0; word < DIGEST_WORDS; word++) {
        if (words[start + word] !== digest[word]) return false
      }
      return true
    },

    hashOf: (row) => (blockOf(row).words[startOf(row) + HASH] ?? 0) | 0,

    isFree: (row) => (blockOf(row).words[startOf(row) + BITS] ?? 0) === 0,

    free(row) {
      blockOf(row).words.fill(0, startOf(row), startOf(row) + WORDS)
    },

    clear() {
      // The first is kept: whoever has few keys needs no new memory.
      blocks = blocks.slice(0, 1)
      blocks[0]?.words.fill(0)
    },
  }
}

// --- internal ---

type Block = { words: Uint32Array; times: Float64Array; ids: Buffer }

const ID_FORM = /^[!-~]{1,36}$/

/** Where the words of a row begin in its block. */
function startOf(row: number): number {
  return (row & (BLOCK_ROWS - 1)) * WORDS
}

function createBlock(): Block {
  return {
    words: new Uint32Array(BLOCK_ROWS * WORDS),
    times: new Float64Array(BLOCK_ROWS * 2),
    ids: Buffer.alloc(BLOCK_ROWS * ID_LENGTH_MAX),
  }
}

function kindOf(api: LiveKey['api'], environment: Environment | null): number {
  return KINDS.findIndex((kind) => kind.api === api && kind.environment === environment)
}
