import type { Outcome } from '../../../keys/outcome.ts'

/** What requests are counted as; each has its colour in key.css. */
export const CLASS_WORDS: Readonly<Record<Outcome, string>> = {
  ok: '2xx and 3xx',
  unauthorized: '401',
  forbidden: '402 and 403',
  limited: '429',
  invalid: 'other 4xx',
  failed: '5xx',
}
