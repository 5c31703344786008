import pLimit, { type LimitFunction } from 'p-limit'
import { createBoundedPlaces } from '../lib/bounded-places.ts'

/** bcrypt's usual cost: 50 ms a hash on the machine that this was measured on. */
const BCRYPT_COST = 10

/** One at a time: bcrypt's threads share the cores with the server, and a second one would double its p99. */
const CONCURRENT_MAX = 1

/** Half a second of work. More than that waiting means a flood, and the rest are better told to come back. */
const WAITING_MAX = 10

/** Of the keys that wait to be made, how many may be one account's, so that there is room for the others. */
const WAITING_MAX_OF_ACCOUNT = 5

/** bcrypt, the portable proof of a key. It reads 72 bytes; the longest key has 48. Runs off the event loop. */
export type KeyHash = {
  /** For the operator, who is never told to come back. @returns a bcrypt hash in the usual $2b$ form. */
  hash(token: string): Promise<string>
  /** As `hash`, for a key that is made over HTTP. @returns null where too many wait, of all or of the account. */
  hashFor(accountId: string, token: string): Promise<string> | null
  /** @returns whether the key has this hash, or null where too many checks wait already. */
  verify(token: string, bcryptHash: string): Promise<boolean> | null
}

/** @param cost the binary logarithm of bcrypt's rounds, 4 to 31. */
export function createKeyHash(cost = BCRYPT_COST): KeyHash {
  const gate = pLimit(CONCURRENT_MAX)
  // A queue of its own, so that somebody who makes keys all the time does not delay the check of existing ones.
  const creations = createQueue(gate, WAITING_MAX, WAITING_MAX_OF_ACCOUNT)
  const proofs = createQueue(gate, WAITING_MAX, WAITING_MAX)
  // Loaded when first needed: a server whose keys all have their verifier never does, and saves 3 MB.
  const bcrypt = () => import('@node-rs/bcrypt')
  const hash = async (token: string) => (await bcrypt()).hash(token, cost)

  return {
    hash: (token) => gate(() => hash(token)),
    hashFor: (accountId, token) => creations(accountId, () => hash(token)),
    verify: (token, bcryptHash) => proofs('', async () => (await bcrypt()).verify(token, bcryptHash)),
  }
}

// --- internal ---

/** Does `work` when its turn comes. @returns null where too many are in the queue, of all or of this owner. */
type Queue = <T>(owner: string, work: () => Promise<T>) => Promise<T> | null

function createQueue(gate: LimitFunction, inAll: number, perOwner: number): Queue {
  const places = createBoundedPlaces({ inAll, perOwner })
  return (owner, work) => {
    const done = places.during(owner, () => gate(work))
    return done instanceof Promise ? done : null
  }
}
