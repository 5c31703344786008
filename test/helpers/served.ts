import { afterTest } from './after-test.ts'

export type Seen = { method: string; path: string; host: string; headers: Headers; body: string }

export type Served = {
  port: number
  /** Where it listens, without a path. */
  url: string
  /** All requests that came, in order. */
  seen: Seen[]
}

/** A real server on loopback that keeps what it was asked; ends with the test. */
export function served(
  answer: (request: Seen, count: number) => Response | Promise<Response>,
  tls?: Bun.TLSOptions,
): Served {
  const seen: Seen[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls,
    async fetch(request) {
      const { method, headers, url } = request
      const { pathname, search } = new URL(url)
      const body = await request.text()
      const one = { method, path: pathname + search, host: headers.get('host') ?? '', headers, body }
      seen.push(one)
      return answer(one, seen.length)
    },
  })
  afterTest(() => server.stop(true))
  const port = server.port ?? 0
  return { port, url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, seen }
}
