/** Lets requests wait, as long as the server runs. */
export type Latency = {
  /** @param ms of the host's time: what waits is a connection */
  wait(ms: number): Promise<void>
  /** Ends all waiting, and what would wait from here on: the server stops. */
  release(): void
}

export function createLatency(): Latency {
  const waiting = new Set<() => void>()
  let isOpen = true

  return {
    wait(ms) {
      if (!isOpen) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(end, ms)
        function end() {
          clearTimeout(timer)
          waiting.delete(end)
          resolve()
        }
        waiting.add(end)
      })
    },

    release() {
      isOpen = false
      for (const end of waiting) end()
    },
  }
}
