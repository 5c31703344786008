/** How values that come as they happen are written, for a reader who waits for them. */
export type AliveForm = {
  /** Says that the writer is there, where nothing else comes. */
  here: string
  write: (value: unknown) => string
  /** The last that is written where the values ended with an error; left out: nothing is. */
  failed?: (error: unknown) => string
}

/** Far less than an idle connection has. */
const ALIVE_EVERY_MS = 10_000

/**
 * Writes values as they come, and now and then that the writer is there. With the first byte goes the head of an answer, which
 * says that it has begun.
 * @param end aborted when what is told of is no more, which ends the stream
 */
export function aliveStream(
  values: ReadableStream<unknown>,
  end: AbortSignal,
  { here, write, failed }: AliveForm,
): ReadableStream<Uint8Array> {
  const reader = values.getReader()
  const encoder = new TextEncoder()
  let alive: Timer | undefined

  function rest(): void {
    clearInterval(alive)
    end.removeEventListener('abort', stop)
  }

  function stop(): void {
    rest()
    void reader.cancel()
  }

  return new ReadableStream({
    start(controller) {
      const sayHere = () => controller.enqueue(encoder.encode(here))
      sayHere()
      alive = setInterval(() => (controller.desiredSize ?? 0) > 0 && sayHere(), ALIVE_EVERY_MS)
      end.addEventListener('abort', stop, { once: true })
    },
    async pull(controller) {
      const { done, value, error } = await nextOf(reader)
      if (!done) return controller.enqueue(encoder.encode(write(value)))
      if (error !== undefined && failed) controller.enqueue(encoder.encode(failed(error)))
      rest()
      controller.close()
    },
    cancel: stop,
  })
}

// --- internal ---

type Next = { done: boolean; value?: unknown; error?: unknown }

function nextOf(reader: { read(): Promise<Next> }): Promise<Next> {
  return reader.read().catch((error: unknown) => ({ done: true, error }))
}
