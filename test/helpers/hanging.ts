import { afterTest } from './after-test.ts'

export type Hanging = {
  url: string
  /** Requests that have come, and of these, those whose client has gone. */
  came: number
  gone: number
  /** Answers all that wait, and from now on at once. */
  answer(): void
}

/** A real server on loopback that answers nobody until it is told to; ends with the test. */
export function hanging(): Hanging {
  const answered = Promise.withResolvers<void>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    async fetch({ signal }) {
      state.came += 1
      signal.addEventListener('abort', () => {
        state.gone += 1
      })
      await answered.promise
      return Response.json({ answered: true })
    },
  })
  const state: Hanging = {
    url: `http://127.0.0.1:${server.port}/`,
    came: 0,
    gone: 0,
    answer: answered.resolve,
  }
  afterTest(() => server.stop(true))
  return state
}
