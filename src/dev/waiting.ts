/** Lets requests wait, as long as the server runs. */
export type Waiting = {
  /**
   * @param ms of the host's time: what waits is a connection
   * @param earlier ends it before that
   */
  wait(ms: number, earlier?: Promise<unknown>): Promise<void>
  /** Ends all waiting. */
  end(): void
  /** Ends all waiting, and what would wait from here on: the server stops. */
  release(): void
}

export function createWaiting(): Waiting {
  const waiting = new Set<() => void>()
  let isOpen = true

  function endAll() {
    for (const end of waiting) end()
  }

  return {
    wait(ms, earlier) {
      if (!isOpen) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(end, ms)
        function end() {
          clearTimeout(timer)
          waiting.delete(end)
          resolve()
        }
        waiting.add(end)
        void earlier?.then(end)
      })
    },

    end: endAll,

    release() {
      isOpen = false
      endAll()
    },
  }
}
