import { refuseUndocumented } from './documented.ts'

export type Call = {
  /** Sent as x-api-key. */
  key?: string
  /** Sent as Authorization: Bearer. */
  bearer?: string
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it stands. */
  body?: string | Uint8Array | ReadableStream | FormData
  headers?: Record<string, string> | [string, string][]
  /** The answer is not held to the API's document: something was broken on purpose, or no API answers. */
  isUndocumented?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
export type Reply = { status: number; headers: Headers; text: string; json: any }

/** One request, whose answer must be as the API's document says. `line` is a method and a path: "POST /workflows". */
export async function call(base: string, line: string, options: Call = {}): Promise<Reply> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const headers = new Headers(options.headers)
  if (options.key !== undefined) headers.set('x-api-key', options.key)
  if (options.bearer !== undefined) headers.set('Authorization', `Bearer ${options.bearer}`)
  if (options.json !== undefined) headers.set('Content-Type', 'application/json')
  const body = options.json === undefined ? options.body : JSON.stringify(options.json)
  const response = await fetch(base + path, { method, headers, body })
  const text = await response.text()
  const reply = { status: response.status, headers: response.headers, text, json: parse(text) }
  if (!options.isUndocumented) await refuseUndocumented(method, base + path, reply)
  return reply
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
