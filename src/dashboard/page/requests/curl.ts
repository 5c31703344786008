import type { Message } from '../../../requests/capture.ts'
import type { RequestView } from '../../../requests/request-view.ts'

type Made = Pick<RequestView, 'method' | 'path' | 'api' | 'key' | 'workerId'>

/**
 * A request as a command for a POSIX shell, with a variable in the place of the key.
 * @param url of the server
 * @param sent null: its headers and body are not kept
 */
export function curlOf(made: Made, url: string, sent: Message | null): string {
  const { method, path } = made
  const headers = Object.entries(sent?.headers ?? {}).filter(([name]) => !LEFT_OUT.test(name))
  const body = sent?.body?.text ?? null
  return [
    ['curl', ...methodOf(method, body !== null), ...pathFlags(path), quoted(url + path)].join(' '),
    ...keyOf(made, sent),
    ...headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    // A body of curl's has a type by itself.
    ...(body !== null && !headers.some(([name]) => name === 'content-type') ? [`-H 'Content-Type:'`] : []),
    ...(body === null ? [] : [`--data-raw ${quoted(body)}`]),
  ].join(' \\\n  ')
}

/** @returns whether a text is not whole, because what may be a secret was left out of it. */
export function isRedacted(text: string): boolean {
  return text.includes('[redacted]') || /\bwf\w{0,7}_\w*…/.test(text)
}

// --- internal ---

const KEY = /^(?:x-api-key|authorization)$/

/** What the key is told by, and what curl or the connection says by itself. */
const LEFT_OUT =
  /^(?:x-api-key|authorization|host|connection|content-length|transfer-encoding|expect|accept-encoding|x-request-id)$/

/** As dev.env calls them; a replay has its key by no header. */
function keyOf({ api, path, key, workerId }: Made, sent: Message | null): string[] {
  const hadKey =
    key !== null || workerId !== null || Object.keys(sent?.headers ?? {}).some((name) => KEY.test(name))
  if (!hadKey || api === null) return []
  if (path.startsWith('/portal')) return ['-H "Authorization: Bearer $WORKER_KEY"']
  if (api === 'workfunder') return ['-H "Authorization: Bearer $WORKFUNDER_API_KEY"']
  return ['-H "x-api-key: $WORKFLOWS_API_KEY"']
}

function methodOf(method: string, hasBody: boolean): string[] {
  if (method === 'HEAD') return ['--head']
  return method === (hasBody ? 'POST' : 'GET') ? [] : ['-X', method]
}

/** Else curl reads [ ] { } as patterns, and leaves out what is . or .. */
function pathFlags(path: string): string[] {
  return [
    ...(/[[\]{}]/.test(path) ? ['--globoff'] : []),
    ...(/\/\.\.?(?:[/?]|$)/.test(path) ? ['--path-as-is'] : []),
  ]
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
