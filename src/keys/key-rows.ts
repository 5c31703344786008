import type { Account } from '../accounts/store.ts'
import { readUuid, UUID_WORDS, writeUuid } from '../lib/uuid-words.ts'
import type { KeyFacts, LiveKey } from './live-key.ts'
import type { Environment } from './token.ts'

/**
 * 128 bits of the SHA-256 of a whole key: to find another text with those of one among a million keys takes 2^108 tries.
 */
export const DIGEST_WORDS = 4

/**
 * Live keys in rows of 64 bytes, in blocks that are made when they are needed: as objects they would be 400 each. A row is what
 * the processor fetches from memory at once, and among a million keys that fetch is what a look-up takes.
 */
export type KeyRows = {
  /** @returns whether a key can be held: its id is a UUID, as those are that we make, and its number has 32 bits. */
  fits(key: KeyFacts): boolean
  write(row: number, digest: Int32Array, hash: number, key: KeyFacts): void
  /** @returns undefined where the row is free */
  read(row: number): KeyFacts | undefined
  /** @returns whether the row is that of the key with this digest. */
  isOf(row: number, digest: Int32Array): boolean
  /** What the row is found by. */
  hashOf(row: number): number
  isFree(row: number): boolean
  free(row: number): void
  /** The number of the object that stands for the key, which its owner gives it; 0: there is none. */
  objectOf(row: number): number
  setObject(row: number, object: number): void
  /** Which turn, of 1 to TURNS, the key was marked with; 0: none. */
  turnOf(row: number): number
  setTurn(row: number, turn: number): void
  clear(): void
}

export const TURNS = 31

/** 256 rows, 16 kB: who has few keys, and whoever forgets them all, makes one. */
const BLOCK_BITS = 8
const BLOCK_ROWS = 1 << BLOCK_BITS

/** The words of a row: the digest, the id, the hash, the key's number, what is left in bits, the object, two times. */
const ID = DIGEST_WORDS
const HASH = ID + UUID_WORDS
const SEQ = HASH + 1
const BITS = HASH + 2
const OBJECT = HASH + 3
const TIMES = HASH + 4
const WORDS = TIMES + 4

/** The bits: the key's kind; its turn; its scopes. */
const KIND_MASK = 3
const TURN_SHIFT = 2
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
    return blocks[row >>> BLOCK_BITS] ?? addBlock(row >>> BLOCK_BITS)
  }

  function addBlock(number: number): Block {
    const block = createBlock()
    blocks[number] = block
    return block
  }

  function bitsOf(row: number): number {
    return blockOf(row).words[startOf(row) + BITS] ?? 0
  }

  return {
    fits: ({ id, seq, api, environment }) =>
      writeUuid(id, unkept, 0) && seq >>> 0 === seq && kindOf(api, environment) >= 0,

    write(row, digest, hash, { id, seq, api, environment, scopes, expiresAt, endsAt, account }) {
      const { words, times, accounts } = blockOf(row)
      const start = startOf(row)
      words.set(digest, start)
      writeUuid(id, words, start + ID)
      words[start + HASH] = hash
      words[start + SEQ] = seq
      words[start + BITS] = (scopes << SCOPES_SHIFT) | kindOf(api, environment)
      words[start + OBJECT] = 0
      const timesAt = (start + TIMES) / 2
      times[timesAt] = expiresAt
      times[timesAt + 1] = endsAt
      accounts[placeOf(row)] = account
    },

    read(row) {
      const { words, times, accounts } = blockOf(row)
      const account = accounts[placeOf(row)]
      if (account === undefined) return undefined
      const start = startOf(row)
      const bits = words[start + BITS] ?? 0
      const timesAt = (start + TIMES) / 2
      const { api, environment } = KINDS[bits & KIND_MASK] ?? KINDS[0]
      return {
        id: readUuid(words, start + ID),
        seq: (words[start + SEQ] ?? 0) >>> 0,
        api,
        environment,
        scopes: bits >>> SCOPES_SHIFT,
        expiresAt: times[timesAt] ?? 0,
        endsAt: times[timesAt + 1] ?? 0,
        account,
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

    hashOf: (row) => blockOf(row).words[startOf(row) + HASH] ?? 0,

    isFree: (row) => blockOf(row).accounts[placeOf(row)] === undefined,

    free(row) {
      const { words, accounts } = blockOf(row)
      words.fill(0, startOf(row), startOf(row) + WORDS)
      accounts[placeOf(row)] = undefined
    },

    objectOf: (row) => blockOf(row).words[startOf(row) + OBJECT] ?? 0,

    setObject(row, object) {
      blockOf(row).words[startOf(row) + OBJECT] = object
    },

    turnOf: (row) => (bitsOf(row) >>> TURN_SHIFT) & TURNS,

    setTurn(row, turn) {
      const others = bitsOf(row) & ~(TURNS << TURN_SHIFT)
      blockOf(row).words[startOf(row) + BITS] = others | (turn << TURN_SHIFT)
    },

    clear() {
      // The first is kept: whoever has few keys needs no new memory.
      blocks = blocks.slice(0, 1)
      blocks[0]?.words.fill(0)
      blocks[0]?.accounts.fill(undefined)
    },
  }
}

// --- internal ---

/** The same memory in words of 32 bits and in numbers of 64; and whose the keys are, by their places: of a free row, nobody's. */
type Block = { words: Int32Array; times: Float64Array; accounts: (Account | undefined)[] }

/** Where an id is written that is only looked at. */
const unkept = new Int32Array(UUID_WORDS)

/** Where the words of a row begin in its block. */
function startOf(row: number): number {
  return placeOf(row) * WORDS
}

function placeOf(row: number): number {
  return row & (BLOCK_ROWS - 1)
}

function createBlock(): Block {
  const memory = new ArrayBuffer(BLOCK_ROWS * WORDS * Int32Array.BYTES_PER_ELEMENT)
  return {
    words: new Int32Array(memory),
    times: new Float64Array(memory),
    accounts: Array(BLOCK_ROWS).fill(undefined),
  }
}

function kindOf(api: LiveKey['api'], environment: Environment | null): number {
  return KINDS.findIndex((kind) => kind.api === api && kind.environment === environment)
}
