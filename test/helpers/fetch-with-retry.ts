export type Tries = {
  /** Of each try; `cut off` where there was no answer. */
  statuses: (number | 'cut off')[]
  /** How long it waited between them, in ms. */
  waits: number[]
}

const TRIES_MAX = 5
const FIRST_WAIT_MS = 100

/**
 * What a careful client does: tries again after 429, 5xx and a lost connection, as late as Retry-After says, or else after
 * twice as long as the time before.
 * @param request made anew for each try
 */
export async function fetchWithRetry(
  request: () => Request,
  wait: (ms: number) => Promise<void>,
): Promise<Tries> {
  const statuses: Tries['statuses'] = []
  const waits: number[] = []
  for (;;) {
    // By a connection of its own: over one that was used before, Bun itself sends a lost GET again.
    const response = await fetch(request(), { keepalive: false }).catch(() => null)
    statuses.push(response?.status ?? 'cut off')
    const isToTryAgain = response === null || response.status === 429 || response.status >= 500
    if (!isToTryAgain || statuses.length === TRIES_MAX) return { statuses, waits }
    const retryAfter = response?.headers.get('retry-after') ?? null
    const ms = retryAfter === null ? FIRST_WAIT_MS * 2 ** waits.length : Number(retryAfter) * 1000
    waits.push(ms)
    await wait(ms)
  }
}
