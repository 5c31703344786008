/** How a request was answered, in the order in which outcomes are counted and shown. */
export const OUTCOMES = ['ok', 'unauthorized', 'forbidden', 'limited', 'invalid', 'failed'] as const

export type Outcome = (typeof OUTCOMES)[number]

/** Requests by how they were answered. */
export type Outcomes = Record<Outcome, number>

/**
 * @param status of the answer; 0: its connection was cut
 * @returns the outcome's place in OUTCOMES
 */
export function outcomeOf(status: number): number {
  if (status >= 200 && status < 400) return OK
  return OF_STATUS[status] ?? (status >= 400 && status < 500 ? INVALID : FAILED)
}

/** @param counts in the places of OUTCOMES */
export function outcomesOf(counts: ArrayLike<number>): Outcomes {
  const [ok = 0, unauthorized = 0, forbidden = 0, limited = 0, invalid = 0, failed = 0] = Array.from(counts)
  return { ok, unauthorized, forbidden, limited, invalid, failed }
}

/** Adds to the first. */
export function addOutcomes(sum: Outcomes, more: Outcomes): void {
  for (const name of OUTCOMES) sum[name] += more[name]
}

// --- internal ---

const [OK, UNAUTHORIZED, FORBIDDEN, LIMITED, INVALID, FAILED] = [0, 1, 2, 3, 4, 5]

/** 402 is said by no money: like 403 it is no fault of the request itself. */
const OF_STATUS: Readonly<Record<number, number>> = {
  401: UNAUTHORIZED,
  402: FORBIDDEN,
  403: FORBIDDEN,
  429: LIMITED,
}
