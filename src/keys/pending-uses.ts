import { DAY_MS } from '../lib/duration.ts'

/** A key's requests of one UTC day (days since the Unix epoch); the last use in ms. */
export type Uses = { seq: number; day: number; requests: number; lastUsedAt: number }

/** The uses of 256 neighbouring keys on one day: they stand on neighbouring pages of the tables. */
export type UsesBlock = {
  readonly day: number
  /** The first key's seq is 256 times this. */
  readonly number: number
  readonly requests: Uint32Array
  readonly lastUses: Float64Array
  /** How many of them have any. */
  keys: number
}

/**
 * Counted uses that are not written yet, by the number of the key, 12 bytes for each: a million keys in use are
 * written in the order of the tables, so that a thousand of them touch some ten pages and not two thousand.
 */
export type PendingUses = {
  /** @param now ms since the Unix epoch */
  add(seq: number, now: number): void
  of(seq: number): Uses[]
  /**
   * What is to be written next, in rounds over all keys. The same again until it is dropped.
   * @param keysMax how many keys at most; one block is given in any case
   */
  next(blocksMax: number, keysMax: number): UsesBlock[]
  /** Forgets what `next` gave, and that has been written meanwhile. */
  drop(blocks: readonly UsesBlock[]): void
}

export function createPendingUses(): PendingUses {
  /** By day, and by their number. */
  const days = new Map<number, Map<number, UsesBlock>>()
  let round: UsesBlock[] = []
  let today = blocksOf(0)
  let todayBegins = 0

  function blocksOf(day: number): Map<number, UsesBlock> {
    const known = days.get(day)
    if (known) return known
    const blocks = new Map<number, UsesBlock>()
    days.set(day, blocks)
    return blocks
  }

  function blockFor(seq: number, now: number): UsesBlock {
    if (now < todayBegins || now >= todayBegins + DAY_MS) {
      todayBegins = Math.floor(now / DAY_MS) * DAY_MS
      today = blocksOf(todayBegins / DAY_MS)
    }
    const number = Math.floor(seq / BLOCK_KEYS)
    let block = today.get(number)
    if (!block) {
      block = newBlock(todayBegins / DAY_MS, number)
      today.set(number, block)
    }
    return block
  }

  /** The blocks of the first day that has any, in order. */
  function newRound(): UsesBlock[] {
    for (const [day, blocks] of days) {
      if (blocks.size > 0) return [...blocks.values()].sort((one, other) => other.number - one.number)
      if (blocks !== today) days.delete(day)
    }
    return []
  }

  return {
    add(seq, now) {
      const block = blockFor(seq, now)
      const place = seq % BLOCK_KEYS
      const before = block.requests[place] ?? 0
      if (before === 0) block.keys++
      block.requests[place] = before + 1
      block.lastUses[place] = now
    },

    of(seq) {
      const place = seq % BLOCK_KEYS
      return [...days.values()].flatMap((blocks) => {
        const block = blocks.get(Math.floor(seq / BLOCK_KEYS))
        return block?.requests[place] ? [usesAt(block, place)] : []
      })
    },

    next(blocksMax, keysMax) {
      if (round.length === 0) round = newRound()
      const blocks: UsesBlock[] = []
      let keys = 0
      while (blocks.length < blocksMax) {
        const block = round.at(-1 - blocks.length)
        keys += block?.keys ?? 0
        if (!block || (blocks.length > 0 && keys > keysMax)) break
        blocks.push(block)
      }
      return blocks
    },

    drop(blocks) {
      round.length -= blocks.length
      for (const { day, number } of blocks) days.get(day)?.delete(number)
    },
  }
}

export function usesIn(block: UsesBlock): Uses[] {
  const uses: Uses[] = []
  for (let place = 0; place < BLOCK_KEYS; place++) {
    if (block.requests[place]) uses.push(usesAt(block, place))
  }
  return uses
}

// --- internal ---

const BLOCK_KEYS = 256

function newBlock(day: number, number: number): UsesBlock {
  const [requests, lastUses] = [new Uint32Array(BLOCK_KEYS), new Float64Array(BLOCK_KEYS)]
  return { day, number, requests, lastUses, keys: 0 }
}

function usesAt(block: UsesBlock, place: number): Uses {
  const { day, number, requests, lastUses } = block
  return {
    seq: number * BLOCK_KEYS + place,
    day,
    requests: requests[place] ?? 0,
    lastUsedAt: lastUses[place] ?? 0,
  }
}
