import { createHashIndex, NONE } from '../lib/hash-index.ts'
import { uuidOf, type Words128 } from '../lib/uuid-words.ts'
import type { Subject } from './subject.ts'
import { type Window, windowIn, wordsFor } from './window.ts'

/**
 * The windows of one limiter by number: 96 bytes each in a few large arrays. As
 * objects in a Map a million would be 250 MB for the garbage collector to walk.
 */
export type WindowTable = {
  /** @returns the number of the subject's window, or `NONE`. */
  find(subject: Subject): number
  /** Whether a number is of a window in use, and this subject's. */
  isOf(number: number, subject: Subject): boolean
  /** Makes an empty window for a subject that has none. @returns its number */
  add(subject: Subject): number
  /** Gives up a window; its number is given to another subject later. */
  remove(number: number): void
  isInUse(number: number): boolean
  window(number: number): Window
  /** Puts a larger window in the place of one that has become too small. */
  replace(number: number, larger: Window): void
  /** What a window's subject is called. */
  nameOf(number: number): string
  /** How many are in use. */
  readonly size: number
  /** All numbers in use are below it. */
  readonly end: number
}

export function createWindowTable(): WindowTable {
  let chunks: Uint32Array[] = []
  let larges: (Uint32Array | null)[] = []
  let free: number[] = []
  let freeLarges: number[] = []
  let end = 0
  let size = 0
  /** The names of subjects that have no UUID. */
  const texts = new Map<number, string>()
  const index = createHashIndex(hashOf)

  const chunkOf = (number: number) => chunks[number >>> CHUNK_BITS] ?? NO_ROWS
  const rowOf = (number: number) => (number & (CHUNK_ROWS - 1)) * ROW_WORDS

  function hashOf(number: number): number {
    return chunkOf(number)[rowOf(number) + 3] ?? 0
  }

  function isOf(number: number, asked: Words128): boolean {
    if (number < 0 || number >= end) return false
    const rows = chunkOf(number)
    const row = rowOf(number)
    return (
      rows[row] === asked.a &&
      rows[row + 1] === asked.b &&
      rows[row + 2] === asked.c &&
      rows[row + 3] === asked.d &&
      rows[row + KIND] !== FREE
    )
  }

  function newNumber(): number {
    if (end === chunks.length * CHUNK_ROWS) chunks.push(new Uint32Array(CHUNK_ROWS * ROW_WORDS))
    return end++
  }

  function dropLarge(kind: number): void {
    if (kind < LARGE) return
    larges[kind - LARGE] = null
    freeLarges.push(kind - LARGE)
  }

  return {
    isOf,

    find(subject) {
      let number = index.first(subject.d)
      while (number !== NONE && !isOf(number, subject)) number = index.next(number)
      return number
    },

    add(subject) {
      const number = free.pop() ?? newNumber()
      const [rows, row] = [chunkOf(number), rowOf(number)]
      const { a, b, c, d, text } = subject
      rows.set([a, b, c, d, SMALL], row)
      windowIn(rows, row + WINDOW, SMALL_CAPACITY)
      if (text !== null) texts.set(number, text)
      index.add(number)
      size++
      return number
    },

    remove(number) {
      const [rows, row] = [chunkOf(number), rowOf(number)]
      dropLarge(rows[row + KIND] ?? FREE)
      index.remove(number)
      texts.delete(number)
      rows[row + KIND] = FREE
      size--
      if (size > 0) {
        free.push(number)
        return
      }
      // What a flood has taken is given back when it is over.
      chunks = []
      larges = []
      free = []
      freeLarges = []
      end = 0
      index.clear()
    },

    isInUse: (number) => (chunkOf(number)[rowOf(number) + KIND] ?? FREE) !== FREE,

    window(number) {
      const words = chunkOf(number)
      const row = rowOf(number)
      const kind = words[row + KIND] ?? FREE
      if (kind < LARGE) return { words, at: row + WINDOW }
      return { words: larges[kind - LARGE] ?? NO_ROWS, at: 0 }
    },

    replace(number, { words }) {
      const [rows, row] = [chunkOf(number), rowOf(number)]
      const kind = rows[row + KIND] ?? FREE
      const place = kind >= LARGE ? kind - LARGE : (freeLarges.pop() ?? larges.length)
      larges[place] = words
      rows[row + KIND] = LARGE + place
    },

    nameOf(number) {
      const [rows, row] = [chunkOf(number), rowOf(number)]
      const [a = 0, b = 0, c = 0, d = 0] = rows.subarray(row, row + ID_WORDS)
      return texts.get(number) ?? uuidOf({ a, b, c, d })
    },

    get size() {
      return size
    },
    get end() {
      return end
    },
  }
}

// --- internal ---

/** Most windows are a client's few calls a minute; one that outgrows this has an array of its own. */
const SMALL_CAPACITY = 15

/** A row: the subject's bits, what is in use of it, and the window. */
const ID_WORDS = 4
const KIND = ID_WORDS
const WINDOW = KIND + 1
const ROW_WORDS = WINDOW + wordsFor(SMALL_CAPACITY)

/** What a row is: nobody's; a window; from `LARGE` on, the number of the array that has its window. */
const FREE = 0
const SMALL = 1
const LARGE = 2

/** 96 KB: a server that nobody calls stays small, and growing copies nothing. */
const CHUNK_BITS = 10
const CHUNK_ROWS = 2 ** CHUNK_BITS

const NO_ROWS = new Uint32Array(0)
