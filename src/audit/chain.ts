import { type AuditEntry, entryHash, type Link } from './entry.ts'

/** What is wrong at a place of the trail. */
export type Fault = { seq: number; problem: string }

/**
 * Compares entries with what they must be: each intact, each the next after the one before.
 * @param entries in the order of their numbers
 * @param previous what the first of them must follow
 * @returns one fault for each place, so that an entry that was altered is not told again by those after it.
 */
export function faultsIn(entries: readonly AuditEntry[], previous: Link): Fault[] {
  const faults: Fault[] = []
  let before = previous
  for (const entry of entries) {
    faults.push(...faultsOf(entry, before))
    if (entry.seq > before.seq) before = entry
  }
  return faults
}

/**
 * Compares the end of the trail with what is kept of it.
 * @param last the last entry there is
 * @param head what was recorded last, as it is kept beside the trail; null: nothing is kept
 */
export function faultsAtEnd(last: Link, head: Link | null): Fault[] {
  if (head === null)
    return last.seq === 0 ? [] : [{ seq: last.seq, problem: 'the note of the last row is gone' }]
  if (head.seq > last.seq) return [missing(last.seq + 1, head.seq)]
  if (head.seq < last.seq || head.hash !== last.hash) {
    return [{ seq: last.seq, problem: 'is not the row that was recorded last' }]
  }
  return []
}

// --- internal ---

function faultsOf(entry: AuditEntry, before: Link): Fault[] {
  const { seq } = entry
  // Below the first number.
  if (seq <= before.seq) return [{ seq, problem: 'was not recorded by Keyward' }]
  const gap = seq > before.seq + 1 ? [missing(before.seq + 1, seq - 1)] : []
  if (entryHash(entry) !== entry.hash) return [...gap, { seq, problem: 'was altered' }]
  if (gap.length > 0 || entry.previousHash === before.hash) return gap
  return [{ seq, problem: 'does not follow the row before it: that one or this one was replaced' }]
}

function missing(from: number, to: number): Fault {
  return { seq: from, problem: from === to ? 'is missing' : `to ${to} are missing` }
}
