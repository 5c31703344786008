import { expect } from 'bun:test'
import { createHmac } from 'node:crypto'
import { afterTest } from './after-test.ts'

// biome-ignore lint/suspicious/noExplicitAny: what was sent is what the tests are about.
export type Received = { headers: Headers; text: string; json: any }

export type Receiver = {
  url: string
  port: number
  /** All that came, in order. */
  received: Received[]
  /** `event` and `attempt_number` of each. */
  log(): string[]
  /** Waits until so many have come. */
  until(count: number): Promise<void>
  stop(): Promise<void>
}

type Answer = (received: Received, count: number) => Response | number | Promise<Response | number>

/** A real receiver on loopback, that answers each request as it is told (default: 204); ends with the test. */
export function webhookReceiver(answer: Answer = () => 204): Receiver {
  const received: Received[] = []
  let waiting: { count: number; resolve: () => void }[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const text = await request.text()
      const one = { headers: request.headers, text, json: JSON.parse(text) }
      received.push(one)
      for (const { count, resolve } of waiting) if (received.length >= count) resolve()
      waiting = waiting.filter(({ count }) => received.length < count)
      const reply = await answer(one, received.length)
      return typeof reply === 'number' ? new Response(null, { status: reply }) : reply
    },
  })
  const receiver: Receiver = {
    url: `http://127.0.0.1:${server.port}/hooks?a=b`,
    port: server.port ?? 0,
    received,
    log: () => received.map(({ json }) => `${json.event} ${json.attempt_number}`),
    until: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    stop: () => server.stop(true),
  }
  afterTest(() => receiver.stop())
  return receiver
}

/** Checks a signature as the vendor tells receivers to (facts/workfunder-api.md 5.2), with another library. */
export function expectSigned({ headers, text }: Received, secret: string, sentAtMs: number): void {
  const timestamp = headers.get('x-workfunder-timestamp')
  expect(timestamp).toBe(String(Math.floor(sentAtMs / 1000)))
  const hex = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex')
  expect(headers.get('x-workfunder-signature')).toBe(`v1=${hex}`)
}
