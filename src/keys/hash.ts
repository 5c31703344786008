import pLimit from 'p-limit'

/** 10 is 50 ms on the machine this was written on; both libraries' and the vendor's habit. */
const BCRYPT_COST = 10

/** One at a time: bcrypt's threads share the cores with the server, and a second one would double its p99. */
const CONCURRENT_MAX = 1

/** Half a second of work. More than that waiting means a flood, and the rest are better told to come back. */
const WAITING_MAX = 10

/** bcrypt, the portable proof of a key. It reads 72 bytes; the longest key has 48. Runs off the event loop. */
export type KeyHash = {
  /** @returns a bcrypt hash in the usual $2b$ form. */
  hash(token: string): Promise<string>
  /** @returns whether the key has this hash, or null where too many checks wait already. */
  verify(token: string, bcryptHash: string): Promise<boolean> | null
}

/** @param cost the binary logarithm of bcrypt's rounds, 4 to 31. */
export function createKeyHash(cost = BCRYPT_COST): KeyHash {
  const gate = pLimit(CONCURRENT_MAX)
  // Loaded when first needed: a server whose keys all have their verifier never does, and saves 3 MB.
  const bcrypt = () => import('@node-rs/bcrypt')
  return {
    hash: async (token) => (await bcrypt()).hash(token, { cost, rejectLongPasswords: true }),
    verify: (token, bcryptHash) =>
      gate.pendingCount >= WAITING_MAX ? null : gate(async () => (await bcrypt()).verify(token, bcryptHash)),
  }
}
