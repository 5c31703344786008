import { invalid } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { pathOf } from './request-path.ts'

/** Which requests somebody wants to see. Left out: any. */
export type RequestFilter = {
  /** Those with this key; a refused one too, where its beginning is known. */
  keyId?: string
  accountId?: string
  /** As its X-Request-Id tells. */
  requestId?: string
  /** 404, or 4xx for all of them. */
  status?: string
  /** What the path begins with; * stands for anything. */
  path?: string
  /** In ms since the Unix epoch. */
  since?: number
}

/** @throws INVALID_INPUT */
export function createMatcher({ keyId, accountId, requestId, status, path, since }: RequestFilter) {
  for (const [name, value] of Object.entries({ keyId, accountId, requestId, status, path })) {
    if (value !== undefined && typeof value !== 'string') throw invalid(name, 'must be a text')
  }
  if (since !== undefined && !Number.isFinite(since)) throw invalid('since', 'must be a point in time')
  const isOfStatus = statusTest(status)
  const isOfPath = pathTest(path)

  return (exchange: Exchange): boolean => {
    const { caller, presented, url, atMs } = exchange
    if (requestId !== undefined && requestId !== exchange.id) return false
    if (keyId !== undefined && keyId !== (caller?.id ?? presented?.key?.id)) return false
    if (accountId !== undefined && accountId !== (caller?.account?.id ?? presented?.key?.accountId))
      return false
    return (since === undefined || atMs >= since) && isOfStatus(exchange.status) && isOfPath(pathOf(url))
  }
}

// --- internal ---

function statusTest(status: string | undefined): (status: number) => boolean {
  if (status === undefined) return () => true
  if (!/^[1-5](\d\d|xx)$/i.test(status)) throw invalid('status', 'must be a status such as 404, or 4xx')
  const hundreds = Number(status[0])
  return /xx$/i.test(status) ? (one) => Math.floor(one / 100) === hundreds : (one) => one === Number(status)
}

/** Piece by piece and not as a regular expression, which could take for ever. */
function pathTest(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true
  if (!/^[/*]/.test(pattern)) throw invalid('path', 'must begin with / or *')
  const [first = '', ...others] = pattern.split('*')
  return (path) => {
    if (!path.startsWith(first)) return false
    let from = first.length
    for (const piece of others) {
      const at = path.indexOf(piece, from)
      if (at < 0) return false
      from = at + piece.length
    }
    return true
  }
}
