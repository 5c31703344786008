import { NONE } from '../lib/hash-index.ts'
import { uuidWords, type Words128 } from '../lib/uuid-words.ts'

/** Whose requests are counted together: 128 bits that tell it from all others in this process. */
export type Subject = Words128 & {
  /** What it is called where windows are stored; null: the UUID with these bits. */
  readonly text: string | null
  /**
   * The number of its window, kept by the limiter so that it need not look again; `NONE`: unknown. A wrong one, or one
   * of another limiter, costs that look and nothing else.
   */
  window: number
}

/** @param id a key's, a worker's, or whatever else names a subject, such as an address */
export function subject(id: string): Subject {
  const words = uuidWords(id)
  return words === null ? { ...digestOf(id), text: id, window: NONE } : { ...words, text: null, window: NONE }
}

// --- internal ---

/** Nobody outside can know which addresses would meet in one chain of an index. */
const SEED = crypto.randomUUID()

const bytes = new Uint8Array(32)
const words = new Uint32Array(bytes.buffer)

function digestOf(id: string): Words128 {
  Bun.SHA256.hash(SEED + id, bytes)
  const [a = 0, b = 0, c = 0, d = 0] = words
  return { a, b, c, d }
}
