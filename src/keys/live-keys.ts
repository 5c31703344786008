import type { Account } from '../accounts/store.ts'
import { createHashIndex, NONE } from '../lib/hash-index.ts'
import { uuidOf } from '../lib/uuid-words.ts'
import type { LiveKey } from './live-key.ts'
import { type Api, type Environment, prefixOf } from './token.ts'

/**
 * Live keys by the digest of their secret, so that no plaintext is held; bounded, and the one that was added first
 * leaves first. Only who holds a good key gets in, so nobody can fill it with made-up ones.
 */
export type LiveKeys = {
  /** @param presented the whole key */
  get(presented: string): LiveKey | undefined
  /** One whose id is not a UUID is not kept, and is looked up at each request. */
  add(presented: string, key: LiveKey): void
  /** Forgets all secrets of the key. */
  remove(seq: number): void
  clear(): void
}

/**
 * A million keys as objects would be 500 MB for the garbage collector to walk. Here each is a row of 88 bytes in a few
 * large arrays, which two indexes lead to: by digest and by key.
 * @param capacity how many secrets
 */
export function createLiveKeys(capacity: number): LiveKeys {
  let chunks: Chunk[] = []
  /** Where the next one goes: behind all others, and once the table is full in the place of the oldest. */
  let next = 0
  const accounts = createNumbered<Account>()
  const byDigest = createHashIndex((number) => wordOf(number, DIGEST))
  const bySeq = createHashIndex((number) => hashOfSeq(seqOf(number)))

  const chunkOf = (number: number) => chunks[number >>> CHUNK_BITS] ?? NO_ROWS
  const rowOf = (number: number) => (number & (CHUNK_ROWS - 1)) * ROW_WORDS
  const wordOf = (number: number, at: number) => chunkOf(number).words[rowOf(number) + at] ?? 0
  const seqOf = (number: number) => chunkOf(number).doubles[rowOf(number) / 2 + SEQ] ?? NOBODY

  /** @returns the number of the secret whose digest is in `digest`, or `NONE`. */
  function find(): number {
    let number = byDigest.first(digest[0] ?? 0)
    while (number !== NONE && !hasDigest(chunkOf(number).words, rowOf(number))) number = byDigest.next(number)
    return number
  }

  function removeOne(number: number): void {
    if (seqOf(number) === NOBODY) return
    byDigest.remove(number)
    bySeq.remove(number)
    chunkOf(number).doubles[rowOf(number) / 2 + SEQ] = NOBODY
  }

  function newNumber(): number {
    const number = next
    next = (next + 1) % capacity
    if (number === chunks.length * CHUNK_ROWS) chunks.push(newChunk())
    removeOne(number)
    return number
  }

  function write(number: number, key: LiveKey): void {
    const { words, doubles } = chunkOf(number)
    const row = rowOf(number)
    words.set(digest, row + DIGEST)
    doubles.set([key.seq, key.expiresAt, key.endsAt], row / 2 + SEQ)
    words.set([key.a, key.b, key.c, key.d], row + ID)
    words.set([accounts.numberOf(key.account), key.scopes, formOf(key), key.window], row + ACCOUNT)
  }

  return {
    get(presented) {
      digestInto(presented)
      const number = find()
      if (number === NONE) return undefined
      const chunk = chunkOf(number)
      const row = rowOf(number)
      const account = accounts.at(chunk.words[row + ACCOUNT] ?? 0)
      return account && new KnownKey(chunk, row, account, prefixOf(presented))
    },

    add(presented, key) {
      if (key.text !== null) return
      digestInto(presented)
      const known = find()
      if (known !== NONE) removeOne(known)
      const number = newNumber()
      write(number, key)
      byDigest.add(number)
      bySeq.add(number)
    },

    remove(seq) {
      let number = bySeq.first(hashOfSeq(seq))
      while (number !== NONE) {
        const another = bySeq.next(number)
        if (seqOf(number) === seq) removeOne(number)
        number = another
      }
    },

    clear() {
      chunks = []
      next = 0
      accounts.clear()
      byDigest.clear()
      bySeq.clear()
    },
  }
}

// --- internal ---

/** A row, by its words: the secret's digest; three doubles of two words each; the rest. */
const DIGEST = 0
const DIGEST_WORDS = 8
/** In doubles: seq, expiresAt, endsAt. */
const SEQ = DIGEST_WORDS / 2
const ID = DIGEST_WORDS + 6
const ACCOUNT = ID + 4
const SCOPES = ACCOUNT + 1
const FORM = ACCOUNT + 2
const WINDOW = ACCOUNT + 3
/** Even, so that each row's doubles begin at a multiple of 8 bytes. */
const ROW_WORDS = ACCOUNT + 4

/** The seq of a row that is not in use: SQLite gives none below 1. */
const NOBODY = 0

/** 88 KB: a server with few keys stays small, and growing copies nothing. */
const CHUNK_BITS = 10
const CHUNK_ROWS = 2 ** CHUNK_BITS

/** The same memory, seen in two ways. */
type Chunk = { words: Uint32Array; doubles: Float64Array }

const NO_ROWS = chunkIn(new ArrayBuffer(0))

function chunkIn(memory: ArrayBuffer): Chunk {
  return { words: new Uint32Array(memory), doubles: new Float64Array(memory) }
}

function newChunk(): Chunk {
  return chunkIn(new ArrayBuffer(CHUNK_ROWS * ROW_WORDS * Uint32Array.BYTES_PER_ELEMENT))
}

const FORMS: readonly { api: Api; environment: Environment | null }[] = [
  { api: 'workflows', environment: null },
  { api: 'workfunder', environment: 'live' },
  { api: 'workfunder', environment: 'test' },
]

function formOf({ api, environment }: LiveKey): number {
  return FORMS.findIndex((form) => form.api === api && form.environment === environment)
}

/** What is read of a row at once: the row may become another key's while a request goes on. */
class KnownKey implements LiveKey {
  readonly text = null
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly seq: number
  readonly api: Api
  readonly environment: Environment | null
  readonly scopes: number
  readonly expiresAt: number
  readonly endsAt: number
  readonly account: Account
  readonly prefix: string
  readonly #words: Uint32Array
  readonly #row: number
  #window: number

  constructor({ words, doubles }: Chunk, row: number, account: Account, prefix: string) {
    this.#words = words
    this.#row = row
    this.account = account
    this.prefix = prefix
    this.a = words[row + ID] ?? 0
    this.b = words[row + ID + 1] ?? 0
    this.c = words[row + ID + 2] ?? 0
    this.d = words[row + ID + 3] ?? 0
    const seq = doubles[row / 2 + SEQ]
    const form = FORMS[words[row + FORM] ?? 0]
    if (seq === undefined || form === undefined) throw new RangeError('no such row of a live key')
    this.seq = seq
    this.api = form.api
    this.environment = form.environment
    this.scopes = words[row + SCOPES] ?? 0
    this.expiresAt = doubles[row / 2 + SEQ + 1] ?? 0
    this.endsAt = doubles[row / 2 + SEQ + 2] ?? 0
    this.#window = (words[row + WINDOW] ?? 0) | 0
  }

  get id(): string {
    return uuidOf(this)
  }

  get window(): number {
    return this.#window
  }

  /** Also for the next request. Should the row be another key's by now, its limiter looks once more. */
  set window(number: number) {
    this.#window = number
    this.#words[this.#row + WINDOW] = number
  }
}

/** The digest of the key that is looked at. */
const digest = new Uint32Array(DIGEST_WORDS)
const digestBytes = new Uint8Array(digest.buffer)

/**
 * Plain SHA-256 and not the keyed verifier, because nothing here is stored, it takes half the time (0.15 µs), and
 * makes no native object for each request.
 */
function digestInto(presented: string): void {
  Bun.SHA256.hash(presented, digestBytes)
}

function hasDigest(words: Uint32Array, row: number): boolean {
  for (let at = 0; at < DIGEST_WORDS; at++) {
    if (words[row + DIGEST + at] !== digest[at]) return false
  }
  return true
}

/** The lower 32 bits, and the upper ones of a seq that has more. */
function hashOfSeq(seq: number): number {
  return seq ^ (seq / 2 ** 32)
}

/** Gives each thing a number, the same for the same one. */
function createNumbered<T>() {
  const things: T[] = []
  const numbers = new Map<T, number>()
  return {
    numberOf(thing: T): number {
      const known = numbers.get(thing)
      if (known !== undefined) return known
      numbers.set(thing, things.length)
      return things.push(thing) - 1
    },
    at: (number: number): T | undefined => things[number],
    clear(): void {
      things.length = 0
      numbers.clear()
    },
  }
}
