/** A body that is still coming in. */
export type HeldBody = {
  /** Aborted when others need the memory more. */
  late: AbortSignal
  /** So many bytes more have come. */
  add(bytes: number): void
  /** It is whole, or given up. */
  end(): void
}

export type HeldBodies = { begin(): HeldBody }

/**
 * Bounds what bodies hold together while they are not whole. A sender may be as slow as it likes until the memory
 * is short; then the one that has been coming for longest is given up. An honest one is whole within milliseconds,
 * so it is never that one, however many strangers there are.
 */
export function createHeldBodies(bytesMax: number): HeldBodies {
  /** With the bytes that each holds; who began first stands first. */
  const coming = new Map<AbortController, number>()
  let held = 0

  function drop(body: AbortController): void {
    held -= coming.get(body) ?? 0
    coming.delete(body)
  }

  function giveUpLongest(): void {
    const [longest] = coming.keys()
    if (!longest) return
    drop(longest)
    longest.abort()
  }

  return {
    begin() {
      const body = new AbortController()
      coming.set(body, 0)
      return {
        late: body.signal,
        add(bytes) {
          const own = coming.get(body)
          if (own === undefined) return
          coming.set(body, own + bytes)
          held += bytes
          if (held > bytesMax) giveUpLongest()
        },
        end: () => drop(body),
      }
    },
  }
}
