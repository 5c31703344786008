/**
 * How long an answer asks us to wait (RFC 9110, 10.2.3), in ms; null where it does not say. A date counts from
 * the answer's own Date, so that nobody's clock matters.
 */
export function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const waitMs = Date.parse(text) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs)
}
