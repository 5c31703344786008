import { AppError } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { MessageBody } from '../requests/capture.ts'
import type { Exchange } from '../requests/exchange.ts'
import { REQUEST_ID_HEADER } from '../requests/request-id.ts'
import { pathOf } from '../requests/request-path.ts'
import { REDACTED } from '../requests/secret-name.ts'
import { isSigningProvider } from '../workflows/inbound/signatures.ts'
import type { Door } from './door.ts'
import type { ProviderSigner } from './provider-signer.ts'
import type { ReplayEdit } from './replay-edit.ts'

type Parts = { keys: Pick<Keys, 'find'>; door: Door; sign: ProviderSigner }

/**
 * Makes requests once more from what is kept of them. Their secrets are not: so the key goes along by its id, and a provider's
 * event is signed anew.
 */
export function createReplay({ keys, door, sign }: Parts) {
  async function send(request: Request, exchange: Exchange, body: string | null): Promise<Response> {
    const [, provider = '', accountId = null] = WEBHOOK.exec(pathOf(request.url)) ?? []
    if (isSigningProvider(provider)) {
      const { headers } = await sign(provider, accountId, body ?? '')
      for (const [name, value] of Object.entries(headers)) request.headers.set(name, value)
      return door.enter(request)
    }
    const keyId = exchange.caller?.kind === 'key' ? exchange.caller.id : exchange.presented?.key?.id
    const bringsKey = KEY_HEADERS.some((name) => request.headers.has(name))
    if (bringsKey || exchange.kind.api === 'webhooks') return door.enter(request)
    if (keyId === undefined) throw cannot('it came without a key that is known: give one in edit.headers')
    return door.enterAs(keys.find(keyId), request)
  }

  /** @returns the id of the new request. @throws INVALID_STATE where too little is kept of it; NOT_FOUND for its key */
  return async (exchange: Exchange, edit: ReplayEdit): Promise<string> => {
    if (!exchange.capture) throw cannot('its headers and body are not kept any more')
    const { headers: sent, body: sentBody } = exchange.capture.request
    const method = edit.method ?? exchange.method
    const id = `replay-${crypto.randomUUID()}`
    const headers = new Headers(Object.entries(sent).filter(([name, value]) => isToRepeat(name, value)))
    const body = edit.body === undefined ? textOf(sentBody) : textOfEdit(edit.body)
    if (edit.body !== undefined && sentBody === null) headers.set('Content-Type', 'application/json')
    for (const [name, value] of Object.entries(edit.headers ?? {}))
      if (value === null) headers.delete(name)
      else headers.set(name, value)
    headers.set('Host', 'localhost')
    headers.set(REQUEST_ID_HEADER, id)
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const url = `http://localhost${edit.path ?? targetOf(exchange)}`
    const request = new Request(url, { method, headers, body: hasBody ? body : null })
    const answer = await send(request, exchange, body)
    // What came of it is kept; a fault may have cut it off.
    await answer.body?.cancel().catch(() => {})
    return id
  }
}

// --- internal ---

/** Where providers send their events (workflows/inbound/routes.ts). */
const WEBHOOK = /^\/webhooks\/(\w+)(?:\/([^/]+))?$/

const KEY_HEADERS = ['x-api-key', 'authorization']

/** What belongs to the connection, or to one request alone. */
const NOT_REPEATED = /^(?:host|connection|content-length|transfer-encoding|expect|x-request-id|traceparent)$/

function isToRepeat(name: string, value: string): boolean {
  return !NOT_REPEATED.test(name) && !value.includes(REDACTED) && !value.includes('…')
}

function targetOf({ url }: Exchange): string {
  if (url.endsWith('…')) throw cannot('its path was not kept whole: give one in edit.path')
  return url.replace(/^https?:\/\/[^/?#]*/i, '')
}

/** What was left out of it was a secret, or too long. */
function textOf(body: MessageBody | null): string | null {
  if (body === null) return null
  const { text, bytes } = body
  if (text !== null && Buffer.byteLength(text) === bytes && !text.includes(REDACTED)) return text
  throw cannot('its body was not kept whole: give one in edit.body')
}

function textOfEdit(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function cannot(why: string): AppError {
  return new AppError('INVALID_STATE', `the request cannot be made again: ${why}`)
}
