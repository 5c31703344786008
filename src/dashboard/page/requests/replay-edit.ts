import type { ExchangeView } from '../../../dev/exchanges.ts'

type Sent = Pick<ExchangeView, 'method' | 'path' | 'request'>

/** What the form of a replay holds. */
export type ReplayTexts = { method: string; path: string; headers: string; body: string }

/** As `exchanges.replay` takes it. */
export type ReplayEdit = {
  method?: string
  path?: string
  /** null: it is left out. */
  headers?: Record<string, string | null>
  body?: string
}

/** What the form begins with: as much as is kept of the request. */
export function textsOf({ method, path, request }: Sent): ReplayTexts {
  const headers = Object.entries(repeated(request)).map(([name, value]) => `${name}: ${value}`)
  return { method, path, headers: headers.join('\n'), body: request?.body?.text ?? '' }
}

/** @returns what is to be other than it was; null where a line of `headers` is no header. */
export function editOf(sent: Sent, texts: ReplayTexts): ReplayEdit | null {
  const before = textsOf(sent)
  const given = headersIn(texts.headers)
  if (given === null) return null
  const were = repeated(sent.request)
  const gone = Object.keys(were).filter((name) => given[name] === undefined)
  const headers: Record<string, string | null> = Object.fromEntries(gone.map((name) => [name, null]))
  for (const [name, value] of Object.entries(given)) if (were[name] !== value) headers[name] = value
  return {
    ...(texts.method !== before.method && { method: texts.method }),
    ...(texts.path !== before.path && { path: texts.path }),
    ...(Object.keys(headers).length > 0 && { headers }),
    // A field of a form has line ends of its own.
    ...(lines(texts.body) !== lines(before.body) && { body: lines(texts.body) }),
  }
}

// --- internal ---

/** What belongs to a connection or to one request, and is made anew (dev/replay.ts). */
const MADE_ANEW = /^(?:host|connection|content-length|transfer-encoding|expect|x-request-id|traceparent)$/

/** The headers that go along with a replay: none that is a secret, for those are not kept. */
function repeated(sent: Sent['request']): Record<string, string> {
  const kept = Object.entries(sent?.headers ?? {}).filter(
    ([name, value]) => !MADE_ANEW.test(name) && !value.includes('[redacted]') && !value.includes('…'),
  )
  return Object.fromEntries(kept)
}

function headersIn(text: string): Record<string, string> | null {
  const found: Record<string, string> = {}
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [, name, value = ''] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) return null
    found[name.toLowerCase()] = value
  }
  return found
}

function lines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
